import { Buffer } from 'node:buffer'
import { createHash, createHmac, randomUUID } from 'node:crypto'
import OAuth from 'oauth-1.0a'

export type OAuth1Hash = 'SHA1' | 'SHA256'

export interface OAuth1Request {
  readonly method: string
  /** Absolute, with the path and query exactly as they will be sent. */
  readonly url: string
  readonly appKey: string
  readonly appSecret: string
  /** `SHA1` unless given. */
  readonly hash?: OAuth1Hash
  /** A body of type `application/x-www-form-urlencoded`: its parameters are signed (RFC 5849 section 3.4.1.3.1). */
  readonly formBody?: string | Uint8Array
  /** The hash of any other body, from `bodyHashOf`: goes out as `oauth_body_hash`. */
  readonly bodyHash?: Uint8Array
  /** A random one unless given. */
  readonly nonce?: string
  /** Seconds since 1970; now unless given. */
  readonly timestamp?: number
}

/**
 * The value of the `Authorization` header for an OAuth 1.0a request without a token (RFC 5849).
 *
 * oauth-1.0a signs correctly only what is already normalised, so it gets a url without query and every parameter
 * decoded, as lists: left to itself it keeps default ports, cuts `x=a=b`, and loses the query when there is a body
 * hash. All that it gets has one character a byte, as parameters need not be UTF-8.
 */
export function signOAuth1(request: OAuth1Request): string {
  const hash = request.hash ?? 'SHA1'
  const oauth = new OAuthOfBytes({
    consumer: { key: bytesOf(request.appKey), secret: bytesOf(request.appSecret) },
    signature_method: `HMAC-${hash}`,
    hash_function: (text, key) => createHmac(hash, key).update(text).digest('base64'),
  })
  const credentials = {
    oauth_consumer_key: bytesOf(request.appKey),
    oauth_nonce: bytesOf(request.nonce ?? randomUUID()),
    oauth_signature_method: `HMAC-${hash}`,
    oauth_timestamp: request.timestamp ?? Math.floor(Date.now() / 1000),
    oauth_version: '1.0',
    ...(request.bodyHash && { oauth_body_hash: Buffer.from(request.bodyHash).toString('base64') }),
  }
  const { base, query } = splitUrl(request.url)
  const signed = { ...parameterLists(query, bytesOf(request.formBody ?? '')), ...credentials }
  const signature = oauth.getSignature({ method: request.method, url: base, data: {} }, undefined, signed)
  return oauth.toHeader({ ...credentials, oauth_signature: signature }).Authorization
}

/** Encodes by RFC 5849 section 3.6 what has one character a byte. */
class OAuthOfBytes extends OAuth {
  override percentEncode(text: string | number): string {
    return String(text).replace(
      /[^\w.~-]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
    )
  }
}

/** One character a byte. */
function bytesOf(content: string | Uint8Array): string {
  return Buffer.from(content).toString('latin1')
}

/** The digest that `oauth_body_hash` carries: made with the signature method's own hash. */
export function bodyHashOf(body: string | Uint8Array, hash: OAuth1Hash = 'SHA1'): Uint8Array {
  return createHash(hash).update(body).digest()
}

/** The base string URI of RFC 5849 section 3.4.1.2 with the path untouched, and the raw query. */
function splitUrl(url: string): { base: string; query: string } {
  const parts = /^(https?:\/\/[^/?#]+)([^?#]*)(?:\?([^#]*))?/i.exec(url)
  if (parts === null) throw new Error(`not an absolute http or https url: ${url}`)
  const [, origin = '', path = '', query = ''] = parts
  return { base: bytesOf(new URL(origin).origin + (path || '/')), query: bytesOf(query) }
}

/** Not by URLSearchParams: it reads bytes that are no UTF-8 as U+FFFD, and the gateway has them as they are. */
function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function parameterLists(...encoded: string[]): Record<string, string[]> {
  const lists: Record<string, string[]> = Object.create(null)
  for (const piece of encoded.flatMap((text) => text.split('&').filter(Boolean))) {
    const [encodedName = '', ...rest] = piece.split('=')
    const [name, value] = [decoded(encodedName), decoded(rest.join('='))]
    // The library copies parameters into plain objects, where this name would vanish from the signature.
    if (name === '__proto__') throw new Error('oauth-1.0a cannot sign a parameter named __proto__')
    lists[name] = [...(lists[name] ?? []), value]
  }
  return lists
}
