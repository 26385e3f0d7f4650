import { type CertificateOutcome, parseTargetUrl } from '@mtls-gateway/domain'
import { TargetGuard } from '../addresses/target-guard.ts'
import type { EgressProxy } from '../connect/proxy-tunnel.ts'
import { isAboutCertificate } from '../failures/tls-failures.ts'
import type { TransportCode } from '../failures/transport-sentences.ts'
import type { ConnectionIdentity } from '../identities/connection-identity.ts'
import { UpstreamPools } from '../pools/upstream-pools.ts'
import { callTarget } from './call.ts'
import {
  type CertificateVerdict,
  judgeCertificate,
  mayForbidForCertificate,
  mayRefuseCertificate,
} from './certificate-verdict.ts'
import { type Handshake, type HandshakeTrace, noTrace } from './handshake-trace.ts'
import type { TracedCallsOptions } from './traced-calls.ts'

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
  /** What the target asks of clients, where it seems to refuse the certificate. */
  readonly refusal: Pick<HandshakeTrace, 'acceptableIssuers' | 'chainAcceptable' | 'alert'> | undefined
}

export interface TargetProbesOptions extends Pick<TracedCallsOptions, 'guard' | 'extraCa'> {
  /** The proxy through which all probes go. */
  readonly proxy?: EgressProxy | undefined
}

/** Enough for a page of a server that says what it misses. */
const maxBodyBytes = 16 * 1024

/**
 * Probes targets with client certificates that may not be in use yet, each call on a connection of its own. For a
 * process that does nothing else: it works on the names that targets send.
 */
export class TargetProbes {
  readonly #upstreams: UpstreamPools

  /** @throws TransportError `TARGET_TRUST_UNUSABLE` where `extraCa` holds something else than certificates */
  constructor({ guard, extraCa, proxy }: TargetProbesOptions) {
    this.#upstreams = new UpstreamPools({ guard: new TargetGuard(guard), extraCa, egress: proxy && (() => proxy) })
  }

  /** @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED` if the url is wrong */
  async probe(identity: ConnectionIdentity, { url, method, deadlineMs }: TargetProbeRequest): Promise<ProbedTarget> {
    const signal = AbortSignal.timeout(deadlineMs)
    const call = { url, headers: {}, maxBodyBytes, isTraced: true, signal }
    let report = await callTarget(this.#upstreams, identity, { ...call, method })
    const status = report.answer?.status
    // An answer to HEAD has no body, which may say what the status is about.
    if (method === 'HEAD' && (mayRefuseCertificate(status) || mayForbidForCertificate(status))) {
      const again = await callTarget(this.#upstreams, identity, { ...call, method: 'GET' })
      if (again.answer !== undefined) report = again
    }
    const { hostname, port } = parseTargetUrl(url)
    const trace = report.trace ?? noTrace
    const verdict = judgeCertificate({ ...report, trace, target: `${hostname}:${port}` })
    const { acceptableIssuers, chainAcceptable, alert } = trace
    return {
      ok: verdict.failure === undefined,
      status: report.answer?.status,
      failure: verdict.failure,
      clientCertificate: verdict.outcome,
      explanation: verdict.explanation,
      handshake: report.handshake,
      refusal: seemsRefused(verdict, report.answer?.status) ? { acceptableIssuers, chainAcceptable, alert } : undefined,
    }
  }

  /** Ends every call at once. */
  async close(): Promise<void> {
    await this.#upstreams.destroy()
  }
}

function seemsRefused({ failure }: CertificateVerdict, status: number | undefined): boolean {
  return failure === undefined ? mayForbidForCertificate(status) : isAboutCertificate(failure.code)
}

/** What a probe says of a url that was not called. */
export function unprobedTarget(failure: NonNullable<ProbedTarget['failure']>): ProbedTarget {
  const { code, message } = failure
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
