import { formatAppKey, parseAccountId } from '@mtls-gateway/domain'
import { type OAuth1Request, signOAuth1 } from '@mtls-gateway/request-signing'
import { type AppKeySource, OAuth1Verifier, prepareAppKey, type SignedRequest } from '../src/index.ts'
import { RememberingNonces } from './remembering-nonces.ts'

export const nowMs = Date.parse('2026-02-03T04:05:06.000Z')
export const nowSeconds = nowMs / 1_000
export const baseUrl = 'https://gateway.example.com'
export const appKey = 'le123.key-1'
export const appSecret = 'a secret & more ~ ü'
export const expiredAppKey = 'le123.key-2'

const credentials = [
  { appKey, expiresAt: null },
  { appKey: expiredAppKey, expiresAt: new Date(nowMs).toISOString() },
].map((facts) =>
  prepareAppKey({ ...facts, secret: appSecret, accountId: parseAccountId('le123'), scopes: ['forward', 'mtls:read'] }),
)

export const appKeys: AppKeySource = {
  find: ({ accountId, id }) => credentials.find(({ principal }) => principal.subject === formatAppKey(accountId, id)),
}

/** A verifier whose clock stands still, and the nonce store behind it. */
export function verifierWith(overrides: Partial<ConstructorParameters<typeof OAuth1Verifier>[0]> = {}) {
  const nonces = new RememberingNonces()
  return { nonces, verifier: new OAuth1Verifier({ nonces, appKeys, clock: () => nowMs, ...overrides }) }
}

/** A well signed request; the overrides change what is signed. */
export function signedRequest(target: string, overrides: Partial<OAuth1Request> = {}): SignedRequest {
  const signed = { method: 'POST', url: baseUrl + target, appKey, appSecret, timestamp: nowSeconds, ...overrides }
  return { method: signed.method, target, baseUrls: [baseUrl], authorization: signOAuth1(signed) }
}
