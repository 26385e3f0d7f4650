import { problemStatus } from '@mtls-gateway/contract'
import { type CodedError, type ErrorCode, errorCodes, isCodedError } from '@mtls-gateway/domain'
import { type CredentialKind, wwwAuthenticate } from '@mtls-gateway/request-auth'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
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
  readonly body: ProblemDocument
}

/**
 * What a caller learns about an error: what it can act on, and nothing else.
 * @param accepted the credentials that the resource accepts, for the challenge of a 401 and of a missing scope
 */
export function problemOf(error: unknown, requestId: string, accepted?: readonly CredentialKind[]): Problem {
  const coded = codedErrorOf(error)
  const { code, message, details, retryAfterSeconds } = coded
  const status = problemStatus[code]
  const headers: Record<string, string | string[]> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'x-request-id': requestId,
  }
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterSeconds)))
  if (accepted !== undefined && (status === 401 || code === 'SCOPE_MISSING'))
    headers['www-authenticate'] = wwwAuthenticate(accepted, coded)
  if (code === 'METHOD_NOT_ALLOWED' && Array.isArray(details.allowed)) headers.allow = details.allowed.join(', ')
  const { type, title } = words[code]
  const standard = { type, title, status, code, detail: message, instance: requestId }
  // Listed twice, so that they come first and no detail overwrites them.
  return { status, headers, body: { ...standard, ...details, ...standard } }
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

/** Made once: a flood of refusals has the same few codes. `fromEntries` knows no keys; these are all of them. */
const words = Object.fromEntries(
  errorCodes.map((code) => [code, { type: `urn:mtls-gateway:problem:${code}`, title: titleOf(code) }]),
) as Readonly<Record<ErrorCode, Readonly<Record<'type' | 'title', string>>>>

function titleOf(code: ErrorCode): string {
  const title = code
    .toLowerCase()
    .split('_')
    .map((word) => spelling[word] ?? word)
    .join(' ')
  return title.charAt(0).toUpperCase() + title.slice(1)
}

/** What a later release has stored is refused again with each call: it is logged once in this time. */
const newerEveryMs = 10_000
const repeatsByLog = new WeakMap<Log, Repeats>()

/**
 * Logs the error behind a problem if the operator has to see it: an internal error (with its stack), damage, data of a
 * later release, or the cause of an outage. As an outage refuses many requests, its cause is logged once a minute.
 */
export function logFailure(log: Log, error: unknown, { status, body }: Problem): void {
  if (body.code === 'STORE_NEWER') logNewer(log, body)
  else if (status === 503 && isCodedError(error) && error.cause !== undefined) logOutage(log, error, body)
  const told = isCodedError(error) && body.code !== 'STORE_DAMAGED' && body.code !== 'INTERNAL_ERROR'
  if (status < 500 || told) return
  log.error({ event: 'failure', code: body.code, requestId: body.instance, err: error })
}

function logNewer(log: Log, { instance, detail }: Problem['body']): void {
  if (!repeatsOf(log).due('store-newer', newerEveryMs)) return
  log.error({ event: 'store-newer', requestId: instance }, detail)
}

function logOutage(log: Log, { code, cause }: CodedError, { instance }: Problem['body']): void {
  const times = repeatsOf(log).due(code)
  if (times !== undefined) log.warn({ event: 'unavailable', code, times, requestId: instance, err: cause })
}

function repeatsOf(log: Log): Repeats {
  const repeats = repeatsByLog.get(log) ?? new Repeats()
  repeatsByLog.set(log, repeats)
  return repeats
}
