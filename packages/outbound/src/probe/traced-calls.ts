import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { CodedError, parseTargetUrl } from '@mtls-gateway/domain'
import { IsolatedJobs, type Ranks } from '@mtls-gateway/isolated-jobs'
import { hostsFile } from '../addresses/name-servers.ts'
import type { TargetGuardOptions } from '../addresses/target-guard.ts'
import type { EgressProxy } from '../connect/proxy-tunnel.ts'
import { explainTransportError } from '../failures/explain-transport-error.ts'
import { TransportError } from '../failures/transport-error.ts'
import type { ConnectionIdentity } from '../identities/connection-identity.ts'
import { deploymentTrust, inheritedCa } from '../identities/target-trust.ts'
import type { TargetCall, TargetCallReport } from './call.ts'
import { type CertificateVerdict, judgeCertificate } from './certificate-verdict.ts'
import { type HandshakeTrace, noTrace } from './handshake-trace.ts'

export interface TracedCallReport extends TargetCallReport {
  readonly verdict: CertificateVerdict
  readonly trace: HandshakeTrace
}

export interface TracedCallsOptions {
  readonly guard: TargetGuardOptions
  /** PEM: CAs that the deployment trusts beside the system's. */
  readonly extraCa: readonly string[]
  /** The proxy through which an account's calls go. */
  readonly egress?: ((owner: string) => EgressProxy | undefined) | undefined
  /** How many processes there may be: each takes about 60 MB while its call lasts. */
  readonly places: Bulkhead
  /** Those of the whole service: which of an account's processes goes first. */
  readonly ranks: Ranks
}

/** To the child process: the one call that it makes. */
export interface TracedJob {
  readonly guard: TargetGuardOptions
  /** PEM: what is trusted beside the CAs that Node brings along. */
  readonly extraCa: readonly string[]
  readonly proxy: EgressProxy | undefined
  readonly identity: ConnectionIdentity
  readonly call: Omit<TargetCall, 'signal'>
  /** For the whole of it. */
  readonly deadlineMs: number
}

// Sources run as they are in tests, the build as .js. Bundles of apps have it beside them, too.
const worker = fileURLToPath(new URL(`./traced-call-worker${extname(import.meta.url)}`, import.meta.url))
/** A process that is late by this much ends no more by itself. */
const graceMs = 5_000

/**
 * Single calls that tell what a target says of client certificates. Each is made by a process of its own: its key may
 * be anybody's, and it works on the names and keys that a target sends.
 */
export class TracedCalls {
  readonly #guard: TargetGuardOptions
  readonly #extraCa: readonly string[]
  readonly #egress: TracedCallsOptions['egress']
  readonly #ranks: Ranks
  readonly #places: Bulkhead
  readonly #jobs = new IsolatedJobs<TracedJob, TargetCallReport>(worker)

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor({ guard, extraCa, egress, places, ranks }: TracedCallsOptions) {
    deploymentTrust(extraCa)
    this.#guard = guard
    this.#extraCa = [...inheritedCa(), ...extraCa]
    this.#egress = egress
    this.#places = places
    this.#ranks = ranks
  }

  /**
   * @param owner whose place it takes
   * @param deadlineMs for the whole of the call, from when its process is up
   * @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED`: what is wrong with the
   *   url; `TOO_MANY_CALLS`, also where the machine is too busy to start a process; `SHUTTING_DOWN`; `INTERNAL_ERROR`
   *   where the process broke
   */
  async call(
    owner: string,
    identity: ConnectionIdentity,
    call: Omit<TargetCall, 'signal'>,
    deadlineMs: number,
  ): Promise<TracedCallReport> {
    const { hostname, port } = parseTargetUrl(call.url)
    const target = `${hostname}:${port}`
    const proxy = this.#egress?.(owner)
    const job = { guard: this.#guard, extraCa: this.#extraCa, proxy, identity, call, deadlineMs }
    const limits = { limitMs: deadlineMs + graceMs, permissions: [`--allow-fs-read=${hostsFile}`] }
    const { answer: report, late } = await this.#places.run(owner, () =>
      this.#ranks.run(owner, (rank) => this.#jobs.run(job, { ...limits, rank })),
    )
    if (report === undefined && !late) {
      throw new CodedError('INTERNAL_ERROR', 'The process that makes the call broke. Send the request again.')
    }
    // What is undefined does not come through the pipe of the process.
    const tooLate = explainTransportError(new TransportError('TIMEOUT'), target)
    const { answer, failure, handshake, targetChain, trace = noTrace } = report ?? { failure: tooLate }
    const told = { answer, failure, handshake, targetChain, trace }
    return { ...told, verdict: judgeCertificate({ ...told, target }) }
  }

  /** Ends every call at once; they and those that wait fail with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#places.close()
    await this.#jobs.close()
  }
}
