import { problemStatus } from '@mtls-gateway/contract'
import type { CodedError, ErrorCode } from '@mtls-gateway/domain'
import { codedErrorOf } from './foreign-error.ts'

/** RFC 9457, with the error's details in addition to the standard members. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  /** The id of the request. */
  readonly instance: string
  readonly [detail: string]: unknown
}

export interface Problem {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  /** Sent as JSON. */
  readonly body: ProblemDocument
}

/** What a caller learns about an error: what it can act on, and nothing else. */
export function problemOf(error: unknown, requestId: string): Problem {
  const { code, message, details, retryAfterSeconds } = codedErrorOf(error)
  const status = problemStatus[code]
  const { wwwAuthenticate, ...members } = details
  const headers: Record<string, string | string[]> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'x-request-id': requestId,
  }
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterSeconds)))
  if (isTextList(wwwAuthenticate)) headers['www-authenticate'] = wwwAuthenticate
  if (code === 'METHOD_NOT_ALLOWED' && isTextList(members.allowed)) headers.allow = members.allowed.join(', ')
  const standard = {
    type: `urn:mtls-gateway:problem:${code}`,
    title: titleOf(code),
    status,
    code,
    detail: message,
    instance: requestId,
  }
  // Listed twice, so that they come first and no detail overwrites them.
  return { status, headers, body: { ...standard, ...members, ...standard } }
}

/** Words of codes that are not written in lower case. */
const spelling: Readonly<Record<string, string>> = {
  https: 'HTTPS',
  json: 'JSON',
  lp: 'LP',
  oauth: 'OAuth',
  p12: 'P12',
  pem: 'PEM',
  pkcs12: 'PKCS#12',
  url: 'URL',
}

function titleOf(code: CodedError['code']): string {
  const words = code
    .toLowerCase()
    .split('_')
    .map((word) => spelling[word] ?? word)
    .join(' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Details of an error that become headers: the challenges of a 401, the methods of a 405. */
function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
}
