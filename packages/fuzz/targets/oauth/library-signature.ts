import { createHmac } from 'node:crypto'
import type { OAuth1Header } from '@mtls-gateway/request-auth'
import OAuth from 'oauth-1.0a'
import { appSecret } from './gateway.ts'
import type { OAuthCase } from './oauth-case.ts'

/**
 * The library `oauth-1.0a`'s signature of a request whose header has been read. The library signs correctly what is
 * decoded and in lists. Undefined for what it can't take: bytes that are not UTF-8, and the name `__proto__`.
 */
export function librarySignature(
  header: OAuth1Header,
  { method, target, formBody }: OAuthCase,
  baseUrl: string,
): string | undefined {
  const [path = '', ...query] = target.split('?')
  const lists: Record<string, string[]> = Object.create(null)
  const texts = [query.join('?'), formBody?.toString('latin1') ?? '']
  const encoded = texts.flatMap((text) => text.split('&').filter(Boolean).map(nameAndValue))
  for (const [name, value] of [...header.signedParameters, ...encoded]) {
    const [decodedName, decodedValue] = [decoded(name), decoded(value)]
    if (decodedName === undefined || decodedValue === undefined || decodedName === '__proto__') return undefined
    lists[decodedName] = [...(lists[decodedName] ?? []), decodedValue]
  }
  const hash = header.signatureMethod === 'HMAC-SHA1' ? 'sha1' : 'sha256'
  const oauth = new OAuth({
    consumer: { key: header.consumerKey, secret: appSecret },
    signature_method: header.signatureMethod,
    hash_function: (text, key) => createHmac(hash, key).update(text).digest('base64'),
  })
  // The library's types are narrower than what it takes: values may be lists.
  const parameters = lists as unknown as OAuth.Data
  return oauth.getSignature({ method, url: baseUrl + path, data: {} }, undefined, parameters as OAuth.Authorization)
}

function nameAndValue(piece: string): readonly [name: string, value: string] {
  const equals = piece.indexOf('=')
  const plain = (text: string) => text.replaceAll('+', ' ')
  return equals < 0 ? [plain(piece), ''] : [plain(piece.slice(0, equals)), plain(piece.slice(equals + 1))]
}

/** Latin-1 characters stand for the bytes that were sent. Undefined unless those are UTF-8 that has one encoding. */
function decoded(text: string): string | undefined {
  const bytes = Buffer.from(unescapeBytes(text), 'latin1')
  const utf8 = bytes.toString('utf8')
  return Buffer.from(utf8).equals(bytes) ? utf8 : undefined
}

function unescapeBytes(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
