import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { CertificateOutcome, MappingTls } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { createTargetTrust, TargetProbes, TracedCalls, type TransportCode } from '@mtls-gateway/outbound'
import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'
import type { Program } from '../programs/program.ts'
import { credentialsOf } from '../support/outbound-fixture.ts'

export interface Verdict {
  readonly outcome: CertificateOutcome
  readonly code: TransportCode | undefined
  readonly explanation: string
}

interface Asked {
  readonly path?: string
  /** The target is trusted by this alone. */
  readonly trustedCa?: TestCa
  /** As a mapping has it. */
  readonly tls?: MappingTls
  /** What the probe asks by; `HEAD` unless given. */
  readonly method?: 'GET' | 'HEAD'
}

const deadlineMs = 20_000

/** Asks targets as activate and probe do, and as the key tester does. */
export class Verdicts {
  readonly #probes: TargetProbes
  readonly #traced: TracedCalls

  constructor(serverCa: TestCa) {
    const guard = { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' as const }
    const extraCa = [serverCa.certificate]
    this.#probes = new TargetProbes({ guard, extraCa })
    const places = new Bulkhead('traced-calls', { total: 2, share: 2, reserve: 0 })
    this.#traced = new TracedCalls({ guard, extraCa, places, ranks: new Ranks() })
  }

  /** What both say of a server that is started for this and closed; fails where they disagree. */
  async of(starting: Promise<Program>, issued: IssuedCertificate, asked: Asked = {}): Promise<Verdict> {
    const program = await starting
    try {
      return await this.ofRunning(program, issued, asked)
    } finally {
      await program.close()
    }
  }

  /** What both say of a server that goes on running; fails where they disagree. */
  ofRunning({ url }: Program, issued: IssuedCertificate, { path = '/', ...asked }: Asked = {}): Promise<Verdict> {
    return this.#ask(`${url}${path}`, issued, asked)
  }

  async close(): Promise<void> {
    await Promise.all([this.#probes.close(), this.#traced.close()])
  }

  async #ask(url: string, issued: IssuedCertificate, { trustedCa, tls, method = 'HEAD' }: Asked): Promise<Verdict> {
    const trust = trustedCa && createTargetTrust({ caCertificates: trustedCa.certificate })
    const identity = { credentials: credentialsOf(issued), trust, tls }
    const get = { url, method: 'GET', headers: {}, maxBodyBytes: 16 * 1024 }
    const tested = await this.#traced.call('one', identity, get, deadlineMs)
    const { clientCertificate, ...found } = await this.#probes.probe(identity, { url, method, deadlineMs })
    const { outcome, failure, explanation } = tested.verdict
    const verdict = { outcome, code: failure?.code, explanation }
    const probed = { outcome: clientCertificate, code: found.failure?.code, explanation: found.explanation }
    if (comparable(probed) !== comparable(verdict)) {
      throw new Error(`the key tester says ${JSON.stringify(verdict)}, a probe ${JSON.stringify(probed)}`)
    }
    return verdict
  }
}

/**
 * Each asked over a connection of its own. Whether a server that closes one with bytes unread is seen to close it or to
 * reset it is a race of its kernel's.
 */
function comparable({ code, ...said }: Verdict): string {
  return JSON.stringify({ ...said, code: code === 'ECONNRESET' ? 'SOCKET_CLOSED' : code })
}
