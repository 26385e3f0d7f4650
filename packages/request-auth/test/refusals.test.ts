import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId, type RefusalReason } from '@mtls-gateway/domain'
import { type AppKeySource, authorize, claimedCaller, newInvitationSecret, type Principal } from '../src/index.ts'
import { appKey, appKeys, expiredAppKey, nowMs, nowSeconds, signedRequest, verifierWith } from './oauth1-setup.ts'

const target = '/mtls/account/le123'
const revoked = 'le123.revoked'

/** What the log is told of a refusal, and what its caller is. */
async function refusalOf(action: () => unknown) {
  const error: unknown = await (async () => action())().then(
    () => 'was not refused',
    (reason: unknown) => reason,
  )
  // A CodedError, or else the test fails.
  const { refusal, code, message, details } = error as { [name: string]: unknown }
  return { refusal, answer: { code, message, details } }
}

const withRevoked: AppKeySource = {
  find: (name) => (name.id === 'revoked' ? 'revoked' : appKeys.find(name)),
}

/** As config-api looks keys up: it knows their secrets, and asks for the rest after a right signature. */
const unconfirmed: AppKeySource = {
  find: async (name) => {
    const found = await appKeys.find(name.id === 'revoked' ? { ...name, id: parseRecordId('key-1') } : name)
    if (found === undefined || found === 'revoked') return found
    return {
      signingKey: found.signingKey,
      confirm: async () => (name.id === 'revoked' || 'confirm' in found ? undefined : found),
    }
  },
}

describe('refused credentials', () => {
  const cases: readonly (readonly [string, object, RefusalReason])[] = [
    ['a key that can be none', { appKey: 'nobody' }, 'key-malformed'],
    ['a key that was never made', { appKey: 'le123.nobody' }, 'key-unknown'],
    ['a key that was revoked', { appKey: revoked }, 'key-revoked'],
    ['a key that has expired', { appKey: expiredAppKey }, 'key-expired'],
    ['a wrong secret', { appSecret: 'another' }, 'signature-wrong'],
  ]
  it.each([
    ['whose rights are known', withRevoked],
    ['whose rights are asked for after the signature', unconfirmed],
  ])('have a reason each in the log, and one answer, for keys %s', async (_, source) => {
    const { verifier } = verifierWith({ appKeys: source })
    const found = await Promise.all(
      cases.map(([, signed]) => refusalOf(() => verifier.verify(signedRequest(target, signed)))),
    )
    expect(found.map(({ refusal }) => refusal)).toEqual(cases.map(([, , reason]) => ({ reason })))
    expect(new Set(found.map(({ answer }) => JSON.stringify(answer))).size).toBe(1)
  })

  it('tell the log how far the clock of a caller is off, and to which side', async () => {
    const { verifier } = verifierWith()
    for (const skewSeconds of [-301, 4_000]) {
      const late = signedRequest(target, { timestamp: nowSeconds + skewSeconds })
      const { refusal, answer } = await refusalOf(() => verifier.verify(late))
      expect(refusal).toEqual({ reason: 'timestamp-out-of-window', skewSeconds })
      expect(answer.details).toEqual({ serverTime: nowSeconds, windowSeconds: 300 })
    }
  })

  it('that are genuine, but not for this, name their caller', async () => {
    const principal: Principal = {
      kind: 'oauth1',
      subject: appKey,
      accounts: new Set([parseAccountId('le123')]),
      scopes: new Set(['forward']),
      expiresAtMs: nowMs,
    }
    const other = await refusalOf(() => authorize(principal, parseAccountId('le124'), 'forward'))
    expect(other.refusal).toEqual({ reason: 'account-wrong', caller: appKey })
    const scope = await refusalOf(() => authorize(principal, parseAccountId('le123'), 'mtls:read'))
    expect(scope.refusal).toEqual({ reason: 'scope-missing', caller: appKey })
  })
})

describe('who a refused request claims to be', () => {
  const jwt = (claims: unknown) => `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

  it.each([
    ['the app key', signedRequest(target).authorization, appKey],
    ['an app key in another encoding', 'oauth oauth_nonce="a",oauth_consumer_key="le123%2Ekey-1"', appKey],
    ['issuer and subject of a JWT', jwt({ iss: 'https://login.example', sub: 'anna' }), 'https://login.example#anna'],
    ['the client of a JWT', jwt({ iss: 'https://login.example', client_id: 'ci' }), 'https://login.example#ci'],
    ['what is printable of it', jwt({ sub: 'an\u202ena\n\u001b[2J' }), 'an?na??[2J'],
  ])('is %s', (_, authorization, claimed) => {
    expect(claimedCaller(authorization)).toBe(claimed)
  })

  it('is an invitation and its account, without the secret', () => {
    const name = { accountId: parseAccountId('le123'), id: parseRecordId('i'.repeat(22)) }
    const token = newInvitationSecret('token', name, { number: 1, key: Buffer.alloc(32) })
    expect(claimedCaller(`Bearer ${token}`)).toBe(`invitation ${name.id} of le123`)
  })

  it('is cut', () => {
    expect(claimedCaller(jwt({ sub: 'x'.repeat(5_000) }))).toHaveLength(200)
    expect(claimedCaller('OAuth oauth_consumer_key="a secret that stands where the key belongs"')).toBe('a se...')
    expect(claimedCaller(`OAuth oauth_consumer_key="${Buffer.alloc(32, 7).toString('base64url')}"`)).toBe('BwcH...')
  })

  it.each([
    ['there are no credentials', undefined],
    ['they are empty', 'OAuth'],
    ['they are of another kind', 'Basic bGUxMjM6c2VjcmV0'],
    ['a token is opaque', 'Bearer 2YotnFZFEjr1zCsicMWpAA'],
    ['a token only looks like a JWT', 'Bearer a.b.c'],
    ['its claims are no object', jwt(null)],
    ['its claims name nobody', jwt({ sub: { a: 1 } })],
    ['a token of an invitation can be none', 'Bearer mtlsi_le123.x'],
  ])('is nobody where %s', (_, authorization) => {
    expect(claimedCaller(authorization)).toBeUndefined()
  })
})
