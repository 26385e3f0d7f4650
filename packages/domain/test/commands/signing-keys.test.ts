import { describe, expect, it } from '@jest/globals'
import {
  type AskedTargetAuth,
  activateSigningKey,
  activeSigningKey,
  createCertificates,
  createMappings,
  createSigningKey,
  deleteSigningKey,
  parseRecordId,
  parseTokenUrl,
  type SigningAlgorithm,
  type SigningKeyUse,
  signingKeyState,
} from '../../src/index.ts'
import { context, newCertificate, newMapping } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

const made = (kid: string, use: SigningKeyUse = 'client-authentication', algorithm: SigningAlgorithm = 'ES256') =>
  createSigningKey(context(`make-${kid}`), {
    ...{ kid: parseRecordId(kid), use, algorithm },
    jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
  })
const activated = (kid: string) => activateSigningKey(context(`activate-${kid}`), kid)
const deleted = (kid: string) => deleteSigningKey(context(`delete-${kid}`), kid)

const targetAuth: AskedTargetAuth = {
  ...{ type: 'oauth2', tokenUrl: parseTokenUrl('https://auth.example/token'), clientId: 'c' },
  ...{ method: 'private_key_jwt', issuer: 'https://auth.example' },
}
const mapped = createMappings(context('map'), [{ ...newMapping(10, 'm1', 1), targetAuth }])
const certified = createCertificates(context(), [newCertificate(1, 'c1')])

describe('signing keys', () => {
  it('sign from the first of their use on, one at a time', () => {
    const account = after(made('a'), made('b'), made('m', 'message-signature'), activated('b'))
    expect(account.signingKeys?.map(signingKeyState)).toEqual(['retired', 'active', 'active'])
    expect(activeSigningKey(account, 'client-authentication')?.kid).toBe('b')
    expect(activeSigningKey(account, 'message-signature')?.kid).toBe('m')
  })

  it('end the copies of an account that would sign with the one before', () => {
    expect(activated('b')(after(made('a'), made('b'))).revoked).toEqual(['mappings'])
  })

  it('that sign already make no change', () => {
    const account = after(made('a'))
    expect(activated('a')(account).account).toBe(account)
  })

  it('are at most 20 an account', () => {
    const full = after(...Array.from({ length: 20 }, (_, i) => made(`k${i}`)))
    expect(errorOf(() => made('more')(full))).toMatchObject({ code: 'TOO_MANY_SIGNING_KEYS', details: { limit: 20 } })
  })

  it('that a mapping needs are there before it, and stay as long as they sign', () => {
    expect(errorOf(() => after(certified, made('m', 'message-signature'), mapped)).code).toBe('SIGNING_KEY_NEEDED')
    const account = after(certified, made('a'), made('b'), mapped)
    expect(errorOf(() => deleted('a')(account)).code).toBe('SIGNING_KEY_IN_USE')
    expect(deleted('b')(account).account.signingKeys?.map(({ kid }) => kid)).toEqual(['a'])
    expect(deleted('a')(activated('b')(account).account).account.signingKeys?.map(({ kid }) => kid)).toEqual(['b'])
  })

  it('that sign requests of a mapping are there before it, fit it, and stay so', () => {
    const signed = createMappings(context('map'), [
      { ...newMapping(10, 'm1', 1), messageSignature: { scheme: 'rfc9421', signingKey: true } },
    ])
    const of = (kid: string, algorithm?: SigningAlgorithm) => made(kid, 'message-signature', algorithm)
    expect(errorOf(() => after(certified, made('a'), signed)).code).toBe('SIGNING_KEY_NEEDED')
    expect(errorOf(() => after(certified, of('p', 'PS256'), signed))).toMatchObject({
      code: 'MESSAGE_SIGNATURE_INVALID',
      message: expect.stringContaining('is for PS256'),
      details: { errors: [{ field: 'messageSignature.signingKey' }] },
    })
    const account = after(certified, of('e'), of('p', 'PS256'), of('r', 'RS256'), signed)
    for (const refused of [deleted('e'), activated('p')]) {
      const { code, message } = errorOf(() => refused(account))
      expect([code, message]).toEqual(['SIGNING_KEY_IN_USE', expect.stringMatching(/"m1"/)])
    }
    const next = activated('r')(account).account
    expect(activeSigningKey(next, 'message-signature')?.kid).toBe('r')
    expect(deleted('e')(next).account.signingKeys).toHaveLength(2)
  })

  it('that nobody needs are deleted, and the next one signs', () => {
    const account = after(made('a'), deleted('a'), made('b'))
    expect(account.signingKeys?.map(signingKeyState)).toEqual(['active'])
    expect(errorOf(() => deleted('a')(account)).code).toBe('SIGNING_KEY_NOT_FOUND')
  })
})
