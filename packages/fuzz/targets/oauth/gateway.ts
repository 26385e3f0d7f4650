import { randomBytes } from 'node:crypto'
import { parseAccountId } from '@mtls-gateway/domain'
import {
  type AppKeySource,
  EmbeddedIssuer,
  embeddedIssuerName,
  generateIssuerKey,
  localTokenKeys,
  OAuth1Verifier,
  prepareAppKey,
  TokenIssuers,
} from '@mtls-gateway/request-auth'

export const nowMs = Date.parse('2026-02-03T04:05:06.000Z')
export const appKey = 'le123.key-1'
/** New for each run, so that no kept case can be signed with it. */
export const appSecret = randomBytes(16).toString('base64url')

const credential = prepareAppKey({
  ...{ appKey, secret: appSecret, accountId: parseAccountId('le123'), scopes: ['forward'] },
  expiresAt: null,
})
const appKeys: AppKeySource = { find: ({ id }) => (id === 'key-1' ? credential : undefined) }

/**
 * How a service judges credentials, with a clock that stands still. Nonces are always fresh: that is the store's job.
 */
export const oauth1 = new OAuth1Verifier({ nonces: { claim: () => 'fresh' }, appKeys, clock: () => nowMs })

const issuer = new EmbeddedIssuer({ key: generateIssuerKey(), clock: () => nowMs })
const trusted = { keys: localTokenKeys(issuer.publicJwks()), audience: embeddedIssuerName, clock: () => nowMs }
export const bearer = new TokenIssuers([
  { ...trusted, issuer: embeddedIssuerName },
  { ...trusted, trustDomain: 'prod.example' },
])
