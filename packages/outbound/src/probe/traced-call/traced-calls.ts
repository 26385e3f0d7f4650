import { X509Certificate } from 'node:crypto'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { CodedError, distinguishedName, parseTargetUrl } from '@mtls-gateway/domain'
import { IsolatedJobs, type JobOutcome, type Ranks } from '@mtls-gateway/isolated-jobs'
import { hostsFile } from '../../addresses/hosts-file.ts'
import type { TargetGuardOptions } from '../../addresses/target-guard.ts'
import { explainTransportError } from '../../failures/explain-transport-error.ts'
import { TransportError } from '../../failures/transport-error.ts'
import { checkDeploymentCas, splitCertificates } from '../../identities/certificate-list.ts'
import type { ConnectionIdentity } from '../../identities/connection-identity.ts'
import { inheritedCa } from '../../identities/target-trust.ts'
import type { TargetCall, TargetCallReport, TracedJob } from '../call.ts'
import { type HandshakeTrace, readHandshakeTrace } from '../trace/handshake-trace.ts'
import { type CertificateVerdict, judgeCertificate } from '../verdict/certificate-verdict.ts'

export interface TracedCallReport extends TargetCallReport {
  readonly verdict: CertificateVerdict
  readonly trace: HandshakeTrace
  /**
   * Whether one of the certificates was issued by an issuer that the target named (RFC 8446 section 4.4.2.2); undefined
   * where it named none.
   */
  readonly chainAcceptable: boolean | undefined
}

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

/** How much of its standard error is kept. The handshake comes first; each piece of an answer adds a hundred bytes. */
export const maxTraceBytes = 1024 * 1024

/**
 * What a process that has made a traced call reports: its answer, and OpenSSL's trace on its standard error.
 * @param certificates PEM: those that it presented
 * @throws CodedError `INTERNAL_ERROR` unless it was the deadline that kept the process from reporting
 */
export function tracedCallReport(
  { answer, stderr, late }: JobOutcome<TargetCallReport>,
  certificates: string | undefined,
  target: string,
): TracedCallReport {
  if (answer === undefined && !late) {
    throw new CodedError('INTERNAL_ERROR', 'The process that makes the call broke. Send the request again.')
  }
  const trace = readHandshakeTrace(stderr)
  const chainAcceptable = isAcceptable(certificates ?? '', trace)
  // What is undefined does not come through the pipe of the process.
  const { answer: given, failure, handshake, targetChain } = answer ?? tooLate(target)
  const report = { answer: given, failure, handshake, targetChain, trace, chainAcceptable }
  // Without a certificate there is none to withhold.
  const judged = certificates === undefined ? { ...trace, clientCertificateWithheld: false } : trace
  return { ...report, verdict: judgeCertificate({ ...report, trace: judged, target }) }
}

function isAcceptable(certificates: string, { acceptableIssuers }: HandshakeTrace): boolean | undefined {
  if (acceptableIssuers.length === 0) return undefined
  const issuers = splitCertificates(certificates).map((pem) => distinguishedName(new X509Certificate(pem).issuer))
  return issuers.some((issuer) => acceptableIssuers.includes(issuer))
}

function tooLate(target: string): TargetCallReport {
  const failure = explainTransportError(new TransportError('TIMEOUT'), target)
  return { answer: undefined, failure, handshake: undefined }
}
