import type { CodedError } from '@mtls-gateway/domain'
import { malformed } from './malformed.ts'
import type { EncodedParameter } from './parameters.ts'
import { endOfUnreserved, normaliseFormText } from './percent-encoding.ts'

export type SignatureMethod = 'HMAC-SHA1' | 'HMAC-SHA256'

/** The hash that the body must have, from `oauth_body_hash`. */
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
  /** All but `realm` and `oauth_signature`: the header's part of the signature. */
  readonly signedParameters: readonly EncodedParameter[]
}

const maxHeaderLength = 4_096
const maxHeaderParameters = 32
const scheme = /^OAuth[ \t]+/i
// Quoted values hold only unreserved characters and escapes (RFC 5849 section 3.5.1); a realm may hold more.
const realm = /realm="(?:[^"\\]|\\.)*"/iy
const encodedText = /^(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*$/
const separator = /[ \t]*(?:,[ \t]*(?=[^ \t])|$)/y
const [blank, quote, comma, equals] = [0x20, 0x22, 0x2c, 0x3d]
const protocolNames = [
  'oauth_consumer_key',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
  'oauth_timestamp',
  'oauth_version',
  'oauth_body_hash',
  'oauth_token',
]

/** @throws CodedError `OAUTH_MALFORMED` (400), naming the parameter and never its value */
export function parseOAuth1Header(authorization: string): OAuth1Header {
  if (authorization.length > maxHeaderLength) throw malformed(`the header is longer than ${maxHeaderLength} characters`)
  const parameters = headerParameters(authorization)
  checkProtocol(parameters)
  const signatureMethod = parseSignatureMethod(required(parameters, 'oauth_signature_method', 32))
  const bodyHash = valueNamed(parameters, 'oauth_body_hash')
  return {
    consumerKey: required(parameters, 'oauth_consumer_key', 256),
    signatureMethod,
    timestamp: parseTimestamp(required(parameters, 'oauth_timestamp', 16)),
    nonce: parseNonce(required(parameters, 'oauth_nonce', 128)),
    signature: required(parameters, 'oauth_signature', 128),
    bodyHash: bodyHash === undefined ? undefined : parseBodyHash(bodyHash, signatureMethod),
    signedParameters: parameters.filter(([name]) => name !== 'realm' && name !== 'oauth_signature'),
  }
}

/** In the order of the header, without duplicates. */
function headerParameters(authorization: string): EncodedParameter[] {
  const start = scheme.exec(authorization)?.[0].length
  if (start === undefined) throw malformed('the header does not begin with "OAuth "')
  const found: EncodedParameter[] = []
  for (let at = start; at < authorization.length; ) {
    const { parameter, end } = plainParameter(authorization, at) ?? parameterAt(authorization, at)
    const [name] = parameter
    if (valueNamed(found, name) !== undefined) throw malformed(`"${name.slice(0, 64)}" is there more than once`)
    found.push(parameter)
    at = afterSeparator(authorization, end)
    if (found.length > maxHeaderParameters) throw malformed(`there are more than ${maxHeaderParameters} of them`)
  }
  return found
}

interface ParameterAt {
  readonly parameter: EncodedParameter
  /** After its closing quote. */
  readonly end: number
}

/** Nearly every parameter has no escapes and is read in one go; undefined for any other text. */
function plainParameter(text: string, at: number): ParameterAt | undefined {
  if (mayBeRealm(text, at)) return undefined
  const nameEnd = endOfUnreserved(text, at)
  if (nameEnd === at || text.charCodeAt(nameEnd) !== equals || text.charCodeAt(nameEnd + 1) !== quote) return undefined
  const valueEnd = endOfUnreserved(text, nameEnd + 2)
  if (text.charCodeAt(valueEnd) !== quote) return undefined
  return { parameter: [nameBetween(text, at, nameEnd), text.slice(nameEnd + 2, valueEnd)], end: valueEnd + 1 }
}

/** The constant for a protocol name: V8 compares constants by address, and other text character by character. */
function nameBetween(text: string, from: number, to: number): string {
  for (const name of protocolNames) if (name.length === to - from && text.startsWith(name, from)) return name
  return text.slice(from, to)
}

function parameterAt(text: string, at: number): ParameterAt {
  const isRealm = mayBeRealm(text, at) && matchesAt(realm, text, at)
  if (isRealm) return { parameter: ['realm', ''], end: realm.lastIndex }
  const nameEnd = text.indexOf('="', at)
  const valueEnd = text.indexOf('"', nameEnd + 2)
  if (nameEnd <= at || valueEnd < 0) throw noList()
  const name = nameBetween(text, at, nameEnd)
  const value = text.slice(nameEnd + 2, valueEnd)
  // The signature is not signed itself, so it is only decoded.
  const isSignature = name === 'oauth_signature' && encodedText.test(value)
  return { parameter: isSignature ? [name, value] : [encoded(name), encoded(value)], end: valueEnd + 1 }
}

/** No parameter of the protocol starts like this, and a regular expression for each would take longer. */
function mayBeRealm(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 0x72 || code === 0x52
}

/** Where the next parameter starts, or the text ends. */
function afterSeparator(text: string, at: number): number {
  // Nearly every client writes a comma, with or without a space.
  const next = text.charCodeAt(at + 1) === blank ? at + 2 : at + 1
  if (text.charCodeAt(at) === comma && text.charCodeAt(next) > blank) return next
  if (!matchesAt(separator, text, at)) throw noList()
  return separator.lastIndex
}

/** The match ends at its `lastIndex`. */
function matchesAt(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at
  return sticky.test(text)
}

function encoded(text: string): string {
  if (!encodedText.test(text)) throw noList()
  return normaliseFormText(text)
}

function valueNamed(parameters: readonly EncodedParameter[], name: string): string | undefined {
  for (const [each, value] of parameters) if (each === name) return value
  return undefined
}

function noList(): CodedError {
  return malformed('the header is not a list of name="value", each percent-encoded, separated by commas')
}

function checkProtocol(parameters: readonly EncodedParameter[]): void {
  const version = valueNamed(parameters, 'oauth_version')
  if (version !== undefined && version !== '1.0') throw malformed('oauth_version is not "1.0"', 'oauth_version')
  if ((valueNamed(parameters, 'oauth_token') ?? '') !== '') {
    throw malformed('oauth_token is not used here; sign with the app key and its secret alone', 'oauth_token')
  }
}

function required(parameters: readonly EncodedParameter[], name: string, maxLength: number): string {
  const encoded = valueNamed(parameters, name)
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
  const hash = algorithm === 'sha1' ? 'SHA-1' : 'SHA-256'
  throw malformed(
    `oauth_body_hash has to be a ${hash} in base64, as the signature method is ${method}`,
    'oauth_body_hash',
  )
}
