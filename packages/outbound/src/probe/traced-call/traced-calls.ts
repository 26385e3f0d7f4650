import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseTargetUrl } from '@mtls-gateway/domain'
import { IsolatedJobs, type Ranks } from '@mtls-gateway/isolated-jobs'
import { hostsFile } from '../../addresses/hosts-file.ts'
import type { TargetGuardOptions } from '../../addresses/target-guard.ts'
import { checkDeploymentCas } from '../../identities/certificate-list.ts'
import type { ConnectionIdentity } from '../../identities/connection-identity.ts'
import { inheritedCa } from '../../identities/target-trust.ts'
import type { TargetCall, TargetCallReport } from '../call.ts'
import type { TracedJob } from './make-traced-call.ts'
import { maxTraceBytes, type TracedCallReport, tracedCallReport } from './traced-call-report.ts'

export interface TracedCallsOptions {
  readonly guard: TargetGuardOptions
  /** PEM: CAs that the deployment trusts beside the system's. */
  readonly extraCa: readonly string[]
  /** How many processes there may be: each takes about 60 MB while its call lasts. */
  readonly places: Bulkhead
  /** Those of the whole service: which of an account's processes goes first. */
  readonly ranks: Ranks
}

// Sources run as they are in tests, the build as .js. Bundles of apps have it beside them, too.
const worker = fileURLToPath(new URL(`./traced-call-worker${extname(import.meta.url)}`, import.meta.url))
/** A process that is late by this much ends no more by itself. */
const graceMs = 5_000

/**
 * Single calls that tell more of the handshake than Node does: which issuers the target accepts, and its alert. Each is
 * made by a process of its own, because the trace that tells it is one of a whole process.
 */
export class TracedCalls {
  readonly #guard: TargetGuardOptions
  readonly #extraCa: readonly string[]
  readonly #ranks: Ranks
  readonly #places: Bulkhead
  readonly #jobs = new IsolatedJobs<TracedJob, TargetCallReport>(worker)

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor({ guard, extraCa, places, ranks }: TracedCallsOptions) {
    checkDeploymentCas(extraCa)
    this.#guard = guard
    this.#extraCa = [...inheritedCa(), ...extraCa]
    this.#places = places
    this.#ranks = ranks
  }

  /**
   * @param owner whose place it takes
   * @param deadlineMs for the whole of the call, from when its process is up
   * @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED`: what is wrong with the
   *   url; `TOO_MANY_CALLS`, `SHUTTING_DOWN`; `INTERNAL_ERROR` where the process broke
   */
  async call(
    owner: string,
    identity: ConnectionIdentity,
    call: Omit<TargetCall, 'signal'>,
    deadlineMs: number,
  ): Promise<TracedCallReport> {
    const { hostname, port } = parseTargetUrl(call.url)
    const job = { guard: this.#guard, extraCa: this.#extraCa, identity, call, deadlineMs }
    const permissions = [`--allow-fs-read=${hostsFile}`]
    const limits = { limitMs: deadlineMs + graceMs, permissions, maxStderrBytes: maxTraceBytes }
    const outcome = await this.#places.run(owner, () =>
      this.#ranks.run(owner, (rank) => this.#jobs.run(job, { ...limits, rank })),
    )
    return tracedCallReport(outcome, identity.credentials?.certificates, `${hostname}:${port}`)
  }

  /** Ends every call at once; they and those that wait fail with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#places.close()
    await this.#jobs.close()
  }
}
