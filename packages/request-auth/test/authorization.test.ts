import { describe, expect, it } from '@jest/globals'
import { type CodedError, isCodedError, parseAccountId } from '@mtls-gateway/domain'
import { tokenExpired, tokenInvalid } from '../src/bearer/bearer-verifier.ts'
import { credentialKind } from '../src/credential-kind.ts'
import { authorize, authorizeAccount, type Principal, takenKind, wwwAuthenticate } from '../src/index.ts'
import { credentialsInvalid } from '../src/oauth1/verdicts.ts'

const [le123, le124] = [parseAccountId('le123'), parseAccountId('le124')]
const principal: Principal = {
  kind: 'bearer',
  subject: 'issuer#user',
  accounts: new Set([le123]),
  scopes: new Set(['mtls:read']),
  expiresAtMs: Number.POSITIVE_INFINITY,
}

function thrownBy(action: () => void): CodedError {
  try {
    action()
  } catch (error) {
    if (isCodedError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a principal', () => {
  it('may do what its scopes say on its accounts, or on all', () => {
    authorize(principal, le123, 'mtls:read')
    authorize({ ...principal, accounts: '*' }, le124, 'mtls:read')
  })

  it('may not act on another account, whatever its scopes', () => {
    expect(thrownBy(() => authorize(principal, le124, 'mtls:read'))).toMatchObject({ code: 'WRONG_ACCOUNT' })
    expect(thrownBy(() => authorize({ ...principal, accounts: new Set() }, le123, 'mtls:read'))).toMatchObject({
      code: 'WRONG_ACCOUNT',
    })
  })

  it('is asked for its scope alone where the resource has no account, and for each account by itself', () => {
    authorize({ ...principal, accounts: new Set() }, undefined, 'mtls:read')
    expect(thrownBy(() => authorize(principal, undefined, 'mtls:write'))).toMatchObject({ code: 'SCOPE_MISSING' })
    authorizeAccount(principal, le123)
    authorizeAccount({ ...principal, accounts: '*' }, le124)
    expect(thrownBy(() => authorizeAccount(principal, le124))).toMatchObject({ code: 'WRONG_ACCOUNT' })
  })

  it('is asked for no scope where any will do, but for its account', () => {
    const without = { ...principal, scopes: new Set<never>() }
    authorize(without, undefined, 'any')
    authorize(without, le123, 'any')
    expect(thrownBy(() => authorize(without, le124, 'any'))).toMatchObject({ code: 'WRONG_ACCOUNT' })
  })

  it('may not do what needs another scope, which is named', () => {
    const missing = thrownBy(() => authorize({ ...principal, accounts: '*' }, le123, 'mtls:write'))
    expect(missing).toMatchObject({ code: 'SCOPE_MISSING', details: { scope: 'mtls:write' } })
  })
})

describe('the kind of credentials', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['OAuth oauth_nonce="a"', 'oauth1'],
    ['oauth\toauth_nonce="a"', 'oauth1'],
    ['OAUTH', 'oauth1'],
    ['Bearer abc', 'bearer'],
    ['bearer abc', 'bearer'],
    ['Bearer', 'bearer'],
    ['Basic abc', 'other'],
    ['OAuth2 abc', 'other'],
    ['BearerX abc', 'other'],
  ])('of %p is %p', (header, kind) => {
    expect(credentialKind(header)).toBe(kind)
  })

  it('decides who verifies them, if the resource takes that kind', () => {
    expect(takenKind('Bearer abc', ['oauth1', 'bearer'])).toBe('bearer')
    expect(takenKind('OAuth oauth_nonce="a"', ['oauth1'])).toBe('oauth1')
    expect(thrownBy(() => takenKind('Bearer abc', ['oauth1']))).toMatchObject({ code: 'CREDENTIAL_KIND_NOT_TAKEN' })
  })

  it('that are missing or not taken is told together with what is taken', () => {
    expect(thrownBy(() => takenKind(undefined, ['oauth1', 'bearer']))).toMatchObject({
      code: 'CREDENTIALS_MISSING',
      message: 'There is no Authorization header. Send OAuth 1.0a (app key and secret) or a Bearer token (OAuth 2).',
      details: { accepted: ['oauth1', 'bearer'] },
    })
    expect(thrownBy(() => takenKind('Basic abc', ['bearer']))).toMatchObject({
      code: 'CREDENTIAL_KIND_NOT_TAKEN',
      message: 'This resource does not accept credentials of this kind. Send a Bearer token (OAuth 2).',
      details: { accepted: ['bearer'] },
    })
  })
})

describe('WWW-Authenticate', () => {
  const plain = 'Bearer realm="mtls-gateway"'

  it('has one challenge for each kind that is taken', () => {
    expect(wwwAuthenticate(['oauth1', 'bearer'])).toEqual(['OAuth realm="mtls-gateway"', plain])
    expect(wwwAuthenticate(['oauth1'], credentialsInvalid('key-unknown'))).toEqual(['OAuth realm="mtls-gateway"'])
  })

  it('names the error of a token as RFC 6750 has it, and none where there was no token', () => {
    const invalid = [`${plain}, error="invalid_token"`]
    expect(wwwAuthenticate(['bearer'], tokenInvalid('token-malformed', 'x'))).toEqual(invalid)
    expect(wwwAuthenticate(['bearer'], tokenExpired())).toEqual(invalid)
    for (const header of [undefined, 'Basic abc']) {
      const refusal = thrownBy(() => takenKind(header, ['bearer']))
      expect(wwwAuthenticate(['bearer'], refusal)).toEqual([plain])
    }
    const missing = thrownBy(() => authorize(principal, le123, 'mtls:admin'))
    expect(wwwAuthenticate(['bearer'], missing)).toEqual([`${plain}, error="insufficient_scope", scope="mtls:admin"`])
  })
})
