import { createHmac } from 'node:crypto'
import { parseAccountId } from '@mtls-gateway/domain'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import OAuth from 'oauth-1.0a'
import { OAuth1Verifier, prepareAppKey, type SignedRequest } from '../src/index.ts'

const secret = 'a-secret-of-an-app-key'
const appKey = 'le123.key-1'
const baseUrl = 'https://gateway.example.com'
const target = '/mtls/account/le123?lp_hash=Zm9ydHktdGhyZWUtY2hhcmFjdGVycy1vZi1iYXNlNjR1cmw'
const credential = prepareAppKey({
  appKey,
  secret,
  accountId: parseAccountId('le123'),
  scopes: ['forward'],
  expiresAt: null,
})
const rounds = 200_000

const verifier = new OAuth1Verifier({
  nonces: { claim: () => 'fresh' },
  appKeys: { find: ({ id }) => (id === 'key-1' ? credential : undefined) },
  clock: Date.now,
})

function requestWith(overrides: { hash: 'SHA1' | 'SHA256'; appSecret?: string }): SignedRequest {
  const authorization = signOAuth1({ method: 'POST', url: baseUrl + target, appKey, appSecret: secret, ...overrides })
  return { method: 'POST', target, baseUrls: [baseUrl], authorization }
}

async function measure(name: string, action: () => unknown): Promise<void> {
  for (let i = 0; i < rounds / 10; i++) await action()
  const start = process.hrtime.bigint()
  for (let i = 0; i < rounds; i++) await action()
  const microseconds = Number(process.hrtime.bigint() - start) / rounds / 1_000
  console.log(`${name.padEnd(42)} ${microseconds.toFixed(2).padStart(7)} us`)
}

const [sha1, sha256] = [requestWith({ hash: 'SHA1' }), requestWith({ hash: 'SHA256' })]
const forged = requestWith({ hash: 'SHA256', appSecret: 'wrong' })
await measure('verify, HMAC-SHA1', () => verifier.verify(sha1))
await measure('verify, HMAC-SHA256', () => verifier.verify(sha256))
await measure('verify, wrong signature', () => verifier.verify(forged).catch(() => {}))

// What the signature alone would cost with the library: no parsing of header and query, no comparison.
const oauth = new OAuth({
  consumer: { key: appKey, secret },
  signature_method: 'HMAC-SHA256',
  hash_function: (text, key) => createHmac('sha256', key).update(text).digest('base64'),
})
const parameters = {
  oauth_consumer_key: appKey,
  oauth_nonce: '0b5f0a4e-5b43-4a46-8f0c-0d9a8c1f5a11',
  oauth_signature_method: 'HMAC-SHA256',
  oauth_timestamp: Math.floor(Date.now() / 1_000),
  oauth_version: '1.0',
}
const data = () => ({ lp_hash: [target.slice(target.indexOf('=') + 1)] })
await measure('oauth-1.0a getSignature, HMAC-SHA256', () =>
  oauth.getSignature({ method: 'POST', url: `${baseUrl}/mtls/account/le123`, data: data() }, '', parameters),
)
