import type { CodedError } from '@mtls-gateway/domain'
import { malformed } from './malformed.ts'
import type { EncodedParameter } from './parameters.ts'
import { isUnreserved, normaliseFormText } from './percent-encoding.ts'

export type SignatureMethod = 'HMAC-SHA1' | 'HMAC-SHA256'

/** What an `oauth_body_hash` promises of the body. */
export interface ExpectedBodyHash {
  readonly algorithm: 'sha1' | 'sha256'
  readonly digest: Buffer
}

/** The `Authorization: OAuth ...` header of a request, well-formed and not yet believed. */
export interface OAuth1Header {
  readonly consumerKey: string
  readonly signatureMethod: SignatureMethod
  /** In seconds since 1970. */
  readonly timestamp: number
  readonly nonce: string
  readonly signature: string
  readonly bodyHash: ExpectedBodyHash | undefined
  /** All but `realm` and `oauth_signature`: what the header adds to the signature. */
  readonly signedParameters: readonly EncodedParameter[]
}

const maxHeaderLength = 4_096
const maxHeaderParameters = 32
const scheme = /^OAuth[ \t]+/i
// Values are quoted and hold nothing but unreserved characters and escapes (RFC 5849 section 3.5.1); a realm may hold more.
const realm = /realm="(?:[^"\\]|\\.)*"/iy
const encodedText = /^(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*$/
const separator = /[ \t]*(?:,[ \t]*(?=[^ \t])|$)/y

/** @throws CodedError `OAUTH_MALFORMED` (400), naming the parameter and never its value */
export function parseOAuth1Header(authorization: string): OAuth1Header {
  if (authorization.length > maxHeaderLength) throw malformed(`the header is longer than ${maxHeaderLength} characters`)
  const values = new Map<string, string>()
  const signedParameters: EncodedParameter[] = []
  for (const [name, value] of headerParameters(authorization)) {
    if (values.has(name)) throw malformed(`"${name.slice(0, 64)}" is there more than once`)
    values.set(name, value)
    if (name !== 'realm' && name !== 'oauth_signature') signedParameters.push([name, value])
  }
  checkProtocol(values)
  const signatureMethod = parseSignatureMethod(required(values, 'oauth_signature_method', 32))
  const bodyHash = values.get('oauth_body_hash')
  return {
    consumerKey: required(values, 'oauth_consumer_key', 256),
    signatureMethod,
    timestamp: parseTimestamp(required(values, 'oauth_timestamp', 16)),
    nonce: parseNonce(required(values, 'oauth_nonce', 128)),
    signature: required(values, 'oauth_signature', 128),
    bodyHash: bodyHash === undefined ? undefined : parseBodyHash(bodyHash, signatureMethod),
    signedParameters,
  }
}

function headerParameters(authorization: string): EncodedParameter[] {
  const start = scheme.exec(authorization)?.[0].length
  if (start === undefined) throw malformed('the header does not begin with "OAuth "')
  const found: EncodedParameter[] = []
  for (let at = start; at < authorization.length; ) {
    const isRealm = mayBeRealm(authorization, at) && matchesAt(realm, authorization, at)
    const nameEnd = authorization.indexOf('="', at)
    const valueEnd = authorization.indexOf('"', nameEnd + 2)
    const end = isRealm ? realm.lastIndex : valueEnd + 1
    if (nameEnd <= at || valueEnd < 0) throw noList()
    found.push(
      isRealm ? ['realm', ''] : parameter(authorization.slice(at, nameEnd), authorization.slice(nameEnd + 2, valueEnd)),
    )
    at = afterSeparator(authorization, end)
    if (found.length > maxHeaderParameters) throw malformed(`there are more than ${maxHeaderParameters} of them`)
  }
  return found
}

/** No parameter of the protocol begins so, and a regular expression for each costs. */
function mayBeRealm(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 0x72 || code === 0x52
}

/** Where the next parameter begins, or the text ends. */
function afterSeparator(text: string, at: number): number {
  // As nearly every client writes it.
  if (text.charCodeAt(at) === 0x2c && text.charCodeAt(at + 1) === 0x20 && text.charCodeAt(at + 2) > 0x20) return at + 2
  if (!matchesAt(separator, text, at)) throw noList()
  return separator.lastIndex
}

/** What it matched ends at its `lastIndex`. */
function matchesAt(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at
  return sticky.test(text)
}

function parameter(name: string, value: string): EncodedParameter {
  // The one that is not signed itself is only decoded.
  if (name === 'oauth_signature' && encodedText.test(value)) return [name, value]
  return [encoded(name), encoded(value)]
}

function encoded(text: string): string {
  if (isUnreserved(text)) return text
  if (!encodedText.test(text)) throw noList()
  return normaliseFormText(text)
}

function noList(): CodedError {
  return malformed('the header is not a list of name="value", each percent-encoded, separated by commas')
}

function checkProtocol(values: ReadonlyMap<string, string>): void {
  const version = values.get('oauth_version')
  if (version !== undefined && version !== '1.0') throw malformed('oauth_version is not "1.0"', 'oauth_version')
  if ((values.get('oauth_token') ?? '') !== '') {
    throw malformed('oauth_token is not used here; sign with the app key and its secret alone', 'oauth_token')
  }
}

function required(values: ReadonlyMap<string, string>, name: string, maxLength: number): string {
  const encoded = values.get(name)
  if (encoded === undefined || encoded === '') throw malformed(`${name} is missing or empty`, name)
  const value = decode(encoded, name)
  if (value.length > maxLength) throw malformed(`${name} is longer than ${maxLength} characters`, name)
  return value
}

function decode(encoded: string, name: string): string {
  if (!encoded.includes('%')) return encoded
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw malformed(`${name} is not percent-encoded UTF-8`, name)
  }
}

function parseSignatureMethod(text: string): SignatureMethod {
  if (text === 'HMAC-SHA1' || text === 'HMAC-SHA256') return text
  throw malformed('oauth_signature_method is neither HMAC-SHA1 nor HMAC-SHA256', 'oauth_signature_method')
}

function parseTimestamp(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw malformed('oauth_timestamp is not a positive integer, in seconds since 1970', 'oauth_timestamp')
}

function parseNonce(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text
  throw malformed('oauth_nonce has characters beyond printable ASCII', 'oauth_nonce')
}

// The body hash draft names SHA-1 for HMAC-SHA1; a method's own hash carries that over to HMAC-SHA256.
function parseBodyHash(encoded: string, method: SignatureMethod): ExpectedBodyHash {
  const text = decode(encoded, 'oauth_body_hash')
  const algorithm = method === 'HMAC-SHA1' ? 'sha1' : 'sha256'
  const shape = algorithm === 'sha1' ? /^[A-Za-z0-9+/]{27}=$/ : /^[A-Za-z0-9+/]{43}=$/
  if (shape.test(text)) return { algorithm, digest: Buffer.from(text, 'base64') }
  throw malformed(
    `oauth_body_hash is not the base64 of a digest of the method's own hash, ${algorithm}`,
    'oauth_body_hash',
  )
}
