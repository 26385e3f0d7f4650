import { type AccountId, CodedError } from '@mtls-gateway/domain'
import type { KeyMaterial } from '@mtls-gateway/key-material'
import type { TargetCertificate, TracedCallReport, TracedCalls } from '@mtls-gateway/outbound'

/** What the tester is to call, from its `LP-*` headers. */
export interface TestCall {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** A call's outcome as the report has it. */
export interface CallReport {
  readonly url: string
  readonly status: number | null
  readonly headers: unknown
  /** As text, at most 64 KiB of it. */
  readonly body: string | null
  readonly truncated: boolean
  /** Why there is no answer. */
  readonly error: { readonly code: string; readonly message: string } | null
  readonly handshake: HandshakeReport
}

export interface HandshakeReport {
  /** `TLSv1.2`, `TLSv1.3`; null if the two sides did not get as far. */
  readonly protocol: string | null
  readonly cipher: string | null
  /** The target's certificate was verified and accepted. */
  readonly authorized: boolean
  readonly targetCertificate: TargetCertificate | null
  readonly clientCertificateRequested: boolean
  /**
   * Makes the call with a key and chain that are not stored.
   * @throws CodedError: what is wrong with the url; `TOO_MANY_CALLS`
   */
  readonly acceptableIssuers: readonly string[]
  /** Whether a certificate of the chain comes from one of them; null where the target named none. */
  readonly chainAcceptable: boolean | null
  /** The fatal alert that ended the connection, in the words of RFC 8446 section 6. */
  readonly alert: { readonly from: 'target' | 'gateway'; readonly code: number; readonly description: string } | null
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
const maxBodyBytes = 64 * 1024
const deadlineMs = 30_000

/** The call that the headers ask for; undefined if they ask for none. @throws CodedError `VALIDATION_FAILED` */
export function readTestCall(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string | undefined,
): TestCall | undefined {
  const url = one(headers, 'lp-forward-url')
  if (url === undefined) return undefined
  const method = one(headers, 'lp-method-override')?.toUpperCase() ?? (body === undefined ? 'GET' : 'POST')
  if (!methods.has(method)) {
    throw new CodedError('VALIDATION_FAILED', `LP-method-override is one of ${[...methods].join(', ')}.`)
  }
  const authorization = one(headers, 'lp-authorization-override')
  const contentType = one(headers, 'lp-content-type-override')
  return {
    url,
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    },
    body,
  }
}

/**
 * Makes the call with key and chain that are stored nowhere.
 * @throws CodedError: what is wrong with the url; `TOO_MANY_CALLS`
 */
export async function makeTestCall(
  calls: TracedCalls,
  account: AccountId,
  material: KeyMaterial,
  call: TestCall,
): Promise<CallReport> {
  const { privateKey, leaf, chain } = material
  const identity = { privateKey, certificates: [leaf, ...chain].join('\n') }
  const { url, method, headers, body } = call
  const request = { url, method, headers, maxBodyBytes, ...(body === undefined ? {} : { body }) }
  return viewCall(url, await calls.call(account, { identity }, request, deadlineMs))
}

function viewCall(url: string, report: TracedCallReport): CallReport {
  const { answer, failure } = report
  return {
    url,
    status: answer?.status ?? null,
    headers: answer?.headers ?? null,
    body: answer?.body.toString('utf8') ?? null,
    truncated: answer?.truncated ?? false,
    error: failure ? { code: failure.code, message: failure.message } : null,
    handshake: viewHandshake(report),
  }
}

function viewHandshake({ handshake, trace, chainAcceptable }: TracedCallReport): HandshakeReport {
  return {
    protocol: handshake?.protocol ?? null,
    cipher: handshake?.cipher ?? null,
    authorized: handshake?.authorized ?? false,
    targetCertificate: handshake?.targetCertificate ?? null,
    clientCertificateRequested: trace.clientCertificateRequested,
    acceptableIssuers: trace.acceptableIssuers,
    chainAcceptable: chainAcceptable ?? null,
    alert: trace.alert ?? null,
  }
}

function one(headers: Readonly<Record<string, string | string[] | undefined>>, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
