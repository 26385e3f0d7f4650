import { X509Certificate } from 'node:crypto'
import { CodedError, parseTargetUrl } from '@mtls-gateway/domain'
import pLimit, { type LimitFunction } from 'p-limit'
import type { TargetCall, TargetCallReport } from '../call.ts'
import { checkCertificates, splitCertificates } from '../certificate-list.ts'
import type { ConnectionCaller } from '../client-identity.ts'
import { inheritedCa } from '../inherited-ca.ts'
import { nameText } from '../name-text.ts'
import type { TargetGuardOptions } from '../target-guard.ts'
import { TransportError } from '../transport-error.ts'
import { explainTransportError } from '../transport-errors.ts'
import { type HandshakeTrace, readHandshakeTrace } from './handshake-trace.ts'
import type { TracedJob } from './messages.ts'
import { type TracedOutcome, TracedProcess } from './traced-process.ts'

export interface TracedCallsOptions {
  readonly guard: TargetGuardOptions
  /** PEM: CAs that the deployment trusts beside the system's. */
  readonly extraCa: readonly string[]
  /** Processes: each takes about 60 MB while its call lasts. */
  readonly atOnce?: number
  /** Calls that may wait for one; one more is turned away. */
  readonly maxWaiting?: number
}

export interface TracedCallReport extends TargetCallReport {
  readonly trace: HandshakeTrace
  /**
   * Whether one of the certificates was issued by an issuer that the target named (RFC 8446 section 4.4.2.2); undefined
   * where it named none.
   */
  readonly chainAcceptable: boolean | undefined
}

/** A process that is late by this much ends no more by itself. */
const graceMs = 5_000

/**
 * Single calls that tell more of the handshake than Node does: which issuers the target accepts, and its alert. Each is made
 * by a process of its own, because the trace that tells it is one of a whole process.
 */
export class TracedCalls {
  readonly #guard: TargetGuardOptions
  readonly #extraCa: readonly string[]
  readonly #limit: LimitFunction
  readonly #maxWaiting: number
  readonly #running = new Set<TracedProcess>()
  #closed = false

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor({ guard, extraCa, atOnce = 4, maxWaiting = 64 }: TracedCallsOptions) {
    for (const pem of extraCa) checkCertificates(pem)
    this.#guard = guard
    this.#extraCa = [...inheritedCa(), ...extraCa]
    this.#limit = pLimit(atOnce)
    this.#maxWaiting = maxWaiting
  }

  /**
   * @param deadlineMs for the whole of the call, from when its process is up
   * @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED`: what is wrong with the url;
   *   `TOO_MANY_CALLS`, `SHUTTING_DOWN`; `INTERNAL_ERROR` where the process broke
   */
  async call(
    caller: ConnectionCaller,
    call: Omit<TargetCall, 'signal'>,
    deadlineMs: number,
  ): Promise<TracedCallReport> {
    const { hostname, port } = parseTargetUrl(call.url)
    if (this.#limit.pendingCount >= this.#maxWaiting) throw tooMany()
    const job = { guard: this.#guard, extraCa: this.#extraCa, caller, call, deadlineMs }
    const outcome = await this.#limit(() => this.#run(job))
    const report = outcome.report ?? unanswered(outcome, `${hostname}:${port}`)
    const trace = readHandshakeTrace(outcome.trace)
    return { ...report, trace, chainAcceptable: isAcceptable(caller, trace) }
  }

  /** Ends every call at once; they and those that wait fail with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#closed = true
    const running = [...this.#running]
    for (const each of running) each.end()
    await Promise.all(running.map(({ ended }) => ended))
  }

  async #run(job: TracedJob): Promise<TracedOutcome> {
    if (this.#closed) throw shuttingDown()
    const process = new TracedProcess(job, job.deadlineMs + graceMs)
    this.#running.add(process)
    const outcome = await process.ended
    this.#running.delete(process)
    if (this.#closed) throw shuttingDown()
    return outcome
  }
}

function isAcceptable({ identity }: ConnectionCaller, { acceptableIssuers }: HandshakeTrace): boolean | undefined {
  if (acceptableIssuers.length === 0) return undefined
  const issuers = splitCertificates(identity?.certificates ?? '').map((pem) =>
    nameText(new X509Certificate(pem).issuer),
  )
  return issuers.some((issuer) => acceptableIssuers.includes(issuer))
}

/** @throws CodedError `INTERNAL_ERROR` unless it was the deadline that kept the process from reporting */
function unanswered({ late }: TracedOutcome, target: string): TargetCallReport {
  if (!late) throw new CodedError('INTERNAL_ERROR', 'The process that makes the call broke. Send the request again.')
  const failure = explainTransportError(new TransportError('TIMEOUT'), target)
  return { answer: undefined, failure, handshake: undefined }
}

function tooMany(): CodedError {
  const message = 'Too many calls are being tried out. Send this one again in some seconds.'
  return new CodedError('TOO_MANY_CALLS', message, { retryAfterSeconds: 5 })
}

function shuttingDown(): CodedError {
  return new CodedError('SHUTTING_DOWN', 'The service is shutting down. Send the request again.')
}
