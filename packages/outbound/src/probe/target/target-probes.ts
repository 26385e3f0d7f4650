import { type CertificateOutcome, parseTargetUrl } from '@mtls-gateway/domain'
import { TargetGuard, type TargetGuardOptions } from '../../addresses/target-guard.ts'
import type { Handshake } from '../../connect/handshake.ts'
import { isAboutCertificate } from '../../failures/tls-failures.ts'
import type { TransportCode } from '../../failures/transport-sentences.ts'
import type { ConnectionIdentity } from '../../identities/connection-identity.ts'
import { UpstreamPools } from '../../pools/upstream-pools.ts'
import { callTarget } from '../call.ts'
import type { HandshakeTrace } from '../trace/handshake-trace.ts'
import type { TracedCallReport } from '../traced-call/traced-calls.ts'
import { judgeCertificate, mayForbidForCertificate, mayRefuseCertificate } from '../verdict/certificate-verdict.ts'

export interface TargetProbesOptions {
  readonly guard: TargetGuardOptions
  /** PEM: CAs that are trusted beside those that come with Node. */
  readonly extraCa: readonly string[]
}

export interface TargetProbeRequest {
  /** An `https:` url in its canonical form. */
  readonly url: string
  readonly method: string
  /** For the whole probe, in milliseconds. */
  readonly deadlineMs: number
}

/** What a probe has found at one target: whether a call with a client certificate succeeds, and if not, why. */
export interface ProbedTarget {
  /** The handshake was done, and what came back over HTTP, whatever its status, is no refusal of the certificate. */
  readonly ok: boolean
  readonly status: number | undefined
  readonly failure: { readonly code: TransportCode; readonly message: string } | undefined
  /** What the target makes of the certificate, which a failure need not be about. */
  readonly clientCertificate: CertificateOutcome
  /** A sentence: what happened, who must fix it, and how. */
  readonly explanation: string
  readonly handshake: Handshake | undefined
  /** What the target asks of clients, once {@link lookInto} has asked it. */
  readonly refusal: ProbeRefusal | undefined
}

export interface ProbeRefusal {
  /** The issuers that the target named. None: it did not say. */
  readonly acceptableIssuers: readonly string[]
  /** Whether a certificate of the chain comes from one of them; undefined where it named none. */
  readonly chainAcceptable: boolean | undefined
  readonly alert: HandshakeTrace['alert']
}

const maxBodyBytes = 16 * 1024

/** Probes targets with client certificates that may not be in use yet, each call on a connection of its own. */
export class TargetProbes {
  readonly #upstreams: UpstreamPools

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor({ guard, extraCa }: TargetProbesOptions) {
    this.#upstreams = new UpstreamPools({ guard: new TargetGuard(guard), extraCa })
  }

  /** @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED` if the url is wrong */
  async probe(identity: ConnectionIdentity, { url, method, deadlineMs }: TargetProbeRequest): Promise<ProbedTarget> {
    const signal = AbortSignal.timeout(deadlineMs)
    const call = { url, headers: {}, maxBodyBytes, signal }
    let report = await callTarget(this.#upstreams, identity, { ...call, method })
    // An answer to HEAD has no body, which alone says what the status is about.
    if (method === 'HEAD' && report.answer && mayRefuseCertificate(report.answer)) {
      report = await callTarget(this.#upstreams, identity, { ...call, method: 'GET' })
    }
    const { hostname, port } = parseTargetUrl(url)
    const { outcome, failure, explanation } = judgeCertificate({ ...report, target: `${hostname}:${port}` })
    return {
      ok: failure === undefined,
      status: report.answer?.status,
      failure,
      clientCertificate: outcome,
      explanation,
      handshake: report.handshake,
      refusal: undefined,
    }
  }

  /** Ends every call at once. */
  async close(): Promise<void> {
    await this.#upstreams.destroy()
  }
}

const repeatable: ReadonlySet<string> = new Set(['HEAD', 'GET', 'OPTIONS'])

/** What is read of the answer to a traced call: enough for a page of a server that says what it misses. */
export const lookedIntoBytes = 16 * 1024

/**
 * Asks a target that seems to refuse the certificate once more, to learn what only a trace of the handshake tells.
 * @param method of the probe
 * @param trace makes the call, `GET`: the words of a refusal are in the body; what was found stands without it
 */
export async function lookInto(
  probed: ProbedTarget,
  method: string,
  trace: () => Promise<TracedCallReport>,
): Promise<ProbedTarget> {
  if (!seemsRefused(probed) || !repeatable.has(method)) return probed
  const report = await trace().catch(() => undefined)
  if (report === undefined) return probed
  const { acceptableIssuers, alert } = report.trace
  const refusal = { acceptableIssuers, chainAcceptable: report.chainAcceptable, alert }
  // What the second call came to says nothing about the first one, where one was answered and the other was not.
  if ((probed.status === undefined) !== (report.answer === undefined)) return { ...probed, refusal }
  const { outcome, failure, explanation } = report.verdict
  return { ...probed, ok: failure === undefined, failure, clientCertificate: outcome, explanation, refusal }
}

function seemsRefused({ failure, status }: ProbedTarget): boolean {
  return failure === undefined ? mayForbidForCertificate(status) : isAboutCertificate(failure.code)
}

/** What a probe says of a url that was not called. */
export function unprobedTarget({
  code,
  message,
}: {
  readonly code: TransportCode
  readonly message: string
}): ProbedTarget {
  return {
    ok: false,
    status: undefined,
    failure: { code, message },
    clientCertificate: 'unknown',
    explanation: message,
    handshake: undefined,
    refusal: undefined,
  }
}
