import { type TestCall, type TracedHandshake, testCallMethods } from '@mtls-gateway/contract'
import { type AccountId, CodedError, type MappingTls } from '@mtls-gateway/domain'
import type { KeyMaterial } from '@mtls-gateway/key-material'
import type { TargetTrust, TracedCallReport, TracedCalls } from '@mtls-gateway/outbound'

/** The call that the `LP-*` headers ask for. */
export interface RequestedCall {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const methods: ReadonlySet<string> = new Set(testCallMethods)
const maxBodyBytes = 64 * 1024
const deadlineMs = 30_000

/** Undefined if the headers ask for no call. @throws CodedError `VALIDATION_FAILED` */
export function readTestCall(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string | undefined,
): RequestedCall | undefined {
  const url = one(headers, 'lp-forward-url')
  if (url === undefined) return undefined
  const method = one(headers, 'lp-method-override')?.toUpperCase() ?? (body === undefined ? 'GET' : 'POST')
  if (!methods.has(method)) {
    throw new CodedError('VALIDATION_FAILED', `LP-method-override is one of ${testCallMethods.join(', ')}.`)
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

interface TestedIdentity {
  readonly material: KeyMaterial
  readonly trust: TargetTrust | undefined
  readonly tls: MappingTls | undefined
}

/**
 * Makes the call with the uploaded key and chain, without storing them.
 * @throws CodedError: what is wrong with the url; `TOO_MANY_CALLS`
 */
export async function makeTestCall(
  calls: TracedCalls,
  account: AccountId,
  { material, trust, tls }: TestedIdentity,
  call: RequestedCall,
): Promise<TestCall> {
  const { privateKey, leaf, chain } = material
  const credentials = { privateKey, certificates: [leaf, ...chain].join('\n') }
  const { url, method, headers, body } = call
  const request = { url, method, headers, maxBodyBytes, ...(body === undefined ? {} : { body }) }
  return viewCall(url, await calls.call(account, { credentials, trust, tls }, request, deadlineMs))
}

function viewCall(url: string, report: TracedCallReport): TestCall {
  const { answer, verdict } = report
  const { outcome, failure, explanation } = verdict
  return {
    url,
    status: answer?.status ?? null,
    headers: answer ? fieldsThere(answer.headers) : null,
    body: answer?.body.toString('utf8') ?? null,
    truncated: answer?.truncated ?? false,
    clientCertificate: outcome,
    explanation,
    error: failure ?? null,
    handshake: viewHandshake(report),
  }
}

function fieldsThere(headers: NonNullable<TracedCallReport['answer']>['headers']): NonNullable<TestCall['headers']> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function viewHandshake({ handshake, trace }: TracedCallReport): TracedHandshake {
  return {
    protocol: handshake?.protocol ?? null,
    cipher: handshake?.cipher ?? null,
    authorized: handshake?.authorized ?? false,
    targetCertificate: handshake?.targetCertificate ?? null,
    clientCertificateRequested: trace.clientCertificateRequested,
    acceptableIssuers: trace.acceptableIssuers,
    chainAcceptable: trace.chainAcceptable,
    alert: trace.alert,
  }
}

function one(headers: Readonly<Record<string, string | string[] | undefined>>, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
