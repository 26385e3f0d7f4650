import { CodedError } from '@mtls-gateway/domain'
import type { KeyMaterial } from '@mtls-gateway/key-material'
import { callTarget, type Dispatchers, type Handshake, type TargetCallReport } from '@mtls-gateway/outbound'

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
  readonly handshake: Handshake | null
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

/** Makes the call with key and chain that are stored nowhere. @throws CodedError: what is wrong with the url */
export async function makeTestCall(
  dispatchers: Dispatchers,
  material: KeyMaterial,
  call: TestCall,
): Promise<CallReport> {
  const { privateKey, leaf, chain } = material
  const identity = { privateKey, certificates: [leaf, ...chain].join('\n') }
  const { url, method, headers, body } = call
  const report = await callTarget(
    dispatchers,
    { identity },
    {
      url,
      method,
      headers,
      maxBodyBytes,
      signal: AbortSignal.timeout(deadlineMs),
      ...(body === undefined ? {} : { body }),
    },
  )
  return viewCall(url, report)
}

function viewCall(url: string, { answer, failure, handshake }: TargetCallReport): CallReport {
  return {
    url,
    status: answer?.status ?? null,
    headers: answer?.headers ?? null,
    body: answer?.body.toString('utf8') ?? null,
    truncated: answer?.truncated ?? false,
    error: failure ? { code: failure.code, message: failure.message } : null,
    handshake: handshake ?? null,
  }
}

function one(headers: Readonly<Record<string, string | string[] | undefined>>, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
