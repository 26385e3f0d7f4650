import { mock } from 'node:test'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { CodedError } from '@mtls-gateway/domain'
import type { OAuth1Request } from '@mtls-gateway/request-signing'
import type { SignedRequest } from '../src/index.ts'
import { HmacKey } from '../src/oauth1/hmac-key.ts'
import { baseUrl, expiredAppKey, signedRequest, verifierWith } from './oauth1-setup.ts'

const target = '/mtls/account/le123?lp_hash=abc&x=1'

async function refusal(request: SignedRequest): Promise<CodedError> {
  const { verifier, nonces } = verifierWith()
  const error = await verifier.verify(request).then(
    () => Promise.reject(new Error('the forgery was accepted')),
    (reason: CodedError) => reason,
  )
  expect(nonces.claims).toEqual([])
  return error
}

const forgeries: ReadonlyArray<[string, Partial<OAuth1Request>, Partial<SignedRequest>]> = [
  ['an unknown key', { appKey: 'le123.nobody' }, {}],
  ['a key of an unknown account', { appKey: 'nobody.key-1' }, {}],
  ['an expired key', { appKey: expiredAppKey }, {}],
  ['a wrong secret', { appSecret: 'wrong' }, {}],
  ['an empty secret', { appSecret: '' }, {}],
  ['another method', {}, { method: 'PUT' }],
  ['another path', {}, { target: target.replace('le123', 'le124') }],
  ['a path in another case', {}, { target: target.replace('mtls', 'MTLS') }],
  ['a path encoded otherwise', {}, { target: target.replace('mtls', '%6Dtls') }],
  ['another query value', {}, { target: target.replace('abc', 'abd') }],
  ['one parameter more', {}, { target: `${target}&y` }],
  ['one parameter less', {}, { target: target.replace('&x=1', '') }],
  ['another host', {}, { baseUrls: ['https://evil.example'] }],
  ['another port', {}, { baseUrls: [`${baseUrl}:8443`] }],
  ['another scheme', {}, { baseUrls: [baseUrl.replace('https', 'http')] }],
]

describe('a forged request', () => {
  it.each(forgeries)('with %s is refused before the nonce store', async (_, signed, sent) => {
    expect(await refusal({ ...signedRequest(target, signed), ...sent })).toMatchObject({
      code: 'OAUTH_CREDENTIALS_INVALID',
    })
  })

  it.each([
    ['a signature of one character', /oauth_signature="[^"]*"/, 'oauth_signature="A"'],
    ['a signature that is no base64', /oauth_signature="[^"]*"/, 'oauth_signature="%C3%A9-_"'],
    ['a signature without padding', /%3D"/, '"'],
    ['the other HMAC', 'HMAC-SHA1', 'HMAC-SHA256'],
    ['another nonce', /oauth_nonce="[^"]*"/, 'oauth_nonce="other"'],
    ['one OAuth parameter more', 'oauth_version', 'oauth_verifier="x", oauth_version'],
    ['no version where one was signed', 'oauth_version="1.0"', 'oauth_token=""'],
  ])('with %s is refused before the nonce store', async (_, from, to) => {
    const request = signedRequest(target)
    const authorization = request.authorization.replace(from, to)
    expect(authorization).not.toBe(request.authorization)
    expect(await refusal({ ...request, authorization })).toMatchObject({ code: 'OAUTH_CREDENTIALS_INVALID' })
  })

  it('gets the same answer for an unknown key, an expired one and a wrong signature', async () => {
    const [unknown, ...others] = await Promise.all(
      [{ appKey: 'le123.nobody' }, { appKey: expiredAppKey }, { appSecret: 'wrong' }].map((signed) =>
        refusal(signedRequest(target, signed)),
      ),
    )
    for (const { code, message, details, retryAfterSeconds } of others) {
      expect({ code, message, details, retryAfterSeconds }).toEqual({
        code: unknown?.code,
        message: unknown?.message,
        details: unknown?.details,
        retryAfterSeconds: unknown?.retryAfterSeconds,
      })
    }
  })

  it('with a malformed request target is refused before anything is computed', async () => {
    for (const bad of ['*', 'https://gateway.example.com/', '', '/a b', '/a#b', '/é']) {
      expect(await refusal({ ...signedRequest(target), target: bad })).toMatchObject({ code: 'MALFORMED_REQUEST' })
    }
  })
})

describe('the work for a forged request', () => {
  afterEach(() => {
    mock.restoreAll()
  })

  it('is the same for an unknown key, an expired one and a wrong signature', async () => {
    const sign = mock.method(HmacKey.prototype, 'sign')
    const baseUrls = ['https://one.example', 'https://two.example', 'https://three.example']
    for (const signed of [
      { appKey: 'le123.nobody' },
      { appKey: '..' },
      { appKey: expiredAppKey },
      { appSecret: 'wrong' },
    ]) {
      const request = { ...signedRequest(target, signed), baseUrls }
      sign.mock.resetCalls()
      await refusal(request)
      expect(sign.mock.callCount()).toBe(3)
    }
  })
})
