import { describe, expect, it } from '@jest/globals'
import type { NonceVerdict } from '@mtls-gateway/coordination'
import { CodedError } from '@mtls-gateway/domain'
import type { SignedRequest } from '../src/index.ts'
import { appKey, appKeys, expiredAppKey, nowMs, nowSeconds, signedRequest, verifierWith } from './oauth1-setup.ts'
import { RememberingNonces } from './remembering-nonces.ts'

const target = '/mtls/account/le123?lp_hash=abc'

/** With a new nonce. */
function signedAgain({ target, method }: SignedRequest): SignedRequest {
  return signedRequest(target, { method })
}

describe('a well signed request', () => {
  it.each(['SHA1', 'SHA256'] as const)('is accepted with HMAC-%s and gives the principal of the key', async (hash) => {
    const { verifier, nonces } = verifierWith()
    await expect(verifier.verify(signedRequest(target, { hash, nonce: 'n1' }))).resolves.toEqual({
      principal: {
        kind: 'oauth1',
        subject: appKey,
        accounts: new Set(['le123']),
        scopes: new Set(['forward', 'mtls:read']),
        expiresAtMs: Number.POSITIVE_INFINITY,
      },
      bodyHash: undefined,
      query: [['lp_hash', 'abc']],
    })
    expect(nonces.claims).toEqual([{ appKey, nonce: 'n1', timestamp: nowSeconds }])
  })

  it('tells how far its clock is from ours, also where that refuses it, and no other request does', async () => {
    const skews: number[] = []
    const { verifier } = verifierWith({ onClockSkew: (ms) => skews.push(ms) })
    for (const timestamp of [nowSeconds + 7, nowSeconds - 20])
      await verifier.verify(signedRequest(target, { timestamp }))
    const forged = signedRequest(target, { timestamp: nowSeconds - 90, appSecret: 'another' })
    await expect(verifier.verify(forged)).rejects.toMatchObject({ code: 'OAUTH_CREDENTIALS_INVALID' })
    expect(skews).toEqual([7_000, 20_000])
    const timestamp = nowSeconds - 900
    const others = [{ appSecret: 'another' }, { appKey: 'le123.nobody' }, { appKey: expiredAppKey }, {}]
    for (const other of others) {
      const late = verifier.verify(signedRequest(target, { timestamp, ...other }))
      await expect(late).rejects.toMatchObject({ code: 'OAUTH_TIMESTAMP_OUT_OF_WINDOW' })
    }
    expect(skews).toEqual([7_000, 20_000, 900_000])
  })

  it('is accepted when key source and nonce store answer later', async () => {
    const later = new RememberingNonces()
    const { verifier } = verifierWith({
      appKeys: { find: async (key) => appKeys.find(key) },
      nonces: { claim: async (claim) => later.claim(claim) },
    })
    await expect(verifier.verify(signedRequest(target))).resolves.toMatchObject({ principal: { subject: appKey } })
  })

  it('is accepted whatever the request before it under the same key was signed for', async () => {
    const { verifier } = verifierWith()
    const requests = [
      signedRequest('/mtls/account/le123'),
      signedRequest('/mtls/account/le123', { method: 'GET' }),
      signedRequest('/mtls/account/other'),
      {
        ...signedRequest('/mtls/account/le123'),
        baseUrls: ['https://internal.example', 'https://gateway.example.com'],
      },
    ]
    for (const request of [...requests, ...requests]) {
      const again = { ...signedAgain(request), baseUrls: request.baseUrls }
      await expect(verifier.verify(again)).resolves.toBeDefined()
      await expect(verifier.verify({ ...again, method: 'PUT' })).rejects.toMatchObject({
        code: 'OAUTH_CREDENTIALS_INVALID',
      })
    }
  })

  it('is accepted for each of several base urls, and for no other', async () => {
    const { verifier } = verifierWith()
    const baseUrls = ['https://internal.example:8443', 'https://gateway.example.com']
    await expect(verifier.verify({ ...signedRequest(target), baseUrls })).resolves.toBeDefined()
    for (const others of [['https://internal.example:8443'], []]) {
      await expect(verifier.verify({ ...signedRequest(target), baseUrls: others })).rejects.toMatchObject({
        code: 'OAUTH_CREDENTIALS_INVALID',
      })
    }
  })

  it('is accepted up to 300 s before and after the clock', async () => {
    const { verifier } = verifierWith()
    for (const timestamp of [nowSeconds - 300, nowSeconds + 300]) {
      await expect(verifier.verify(signedRequest(target, { timestamp }))).resolves.toBeDefined()
    }
  })
})

describe('a timestamp', () => {
  it.each([-301, 301, 1e12])('%d s away from the clock is refused, telling the time', async (offset) => {
    const { verifier, nonces } = verifierWith()
    await expect(verifier.verify(signedRequest(target, { timestamp: nowSeconds + offset }))).rejects.toMatchObject({
      code: 'OAUTH_TIMESTAMP_OUT_OF_WINDOW',
      details: { serverTime: nowSeconds, windowSeconds: 300 },
    })
    expect(nonces.claims).toEqual([])
  })

  it('that is out of the window says nothing about the key', async () => {
    const { verifier } = verifierWith()
    const request = signedRequest(target, { timestamp: nowSeconds - 301, appKey: 'le123.nobody' })
    await expect(verifier.verify(request)).rejects.toMatchObject({ code: 'OAUTH_TIMESTAMP_OUT_OF_WINDOW' })
  })
})

describe('a nonce', () => {
  it('is taken once', async () => {
    const { verifier } = verifierWith()
    const request = signedRequest(target)
    await verifier.verify(request)
    await expect(verifier.verify(request)).rejects.toMatchObject({ code: 'OAUTH_NONCE_REPLAYED' })
  })

  it('is the same one in another encoding', async () => {
    const { verifier } = verifierWith()
    const request = signedRequest(target, { nonce: 'abc' })
    await verifier.verify(request)
    const again = {
      ...request,
      authorization: request.authorization.replace('oauth_nonce="abc"', 'oauth_nonce="%61bc"'),
    }
    await expect(verifier.verify(again)).rejects.toMatchObject({ code: 'OAUTH_NONCE_REPLAYED' })
  })

  it('from before the store was emptied is refused', async () => {
    const { verifier } = verifierWith({ nonces: { claim: () => 'before-start' } })
    await expect(verifier.verify(signedRequest(target))).rejects.toMatchObject({ code: 'TIMESTAMP_BEFORE_START' })
  })

  it('that can not be checked fails closed', async () => {
    const unavailable = new CodedError('COORDINATION_UNAVAILABLE', 'down')
    const { verifier } = verifierWith({ nonces: { claim: () => Promise.reject(unavailable) } })
    await expect(verifier.verify(signedRequest(target))).rejects.toBe(unavailable)
    const strange = verifierWith({ nonces: { claim: async () => 'maybe' as NonceVerdict } })
    await expect(strange.verifier.verify(signedRequest(target))).rejects.toMatchObject({ code: 'OAUTH_NONCE_REPLAYED' })
  })
})

describe('the key source', () => {
  it('is asked for nothing that can be no app key', async () => {
    const asked: unknown[] = []
    const { verifier } = verifierWith({ appKeys: { find: (key) => void asked.push(key) } })
    for (const key of ['le123', 'le123.', '../le123.x', 'a.b.c', 'le123.key 1', `le123.${'x'.repeat(65)}`]) {
      await expect(verifier.verify(signedRequest(target, { appKey: key }))).rejects.toMatchObject({
        code: 'OAUTH_CREDENTIALS_INVALID',
      })
    }
    expect(asked).toEqual([])
  })

  it('that fails makes the request fail with its own error', async () => {
    const unavailable = new CodedError('STORE_UNAVAILABLE', 'down')
    const { verifier, nonces } = verifierWith({ appKeys: { find: () => Promise.reject(unavailable) } })
    await expect(verifier.verify(signedRequest(target))).rejects.toBe(unavailable)
    expect(nonces.claims).toEqual([])
  })

  it('decides by the clock when a key has expired', async () => {
    const request = signedRequest(target, { appKey: 'le123.key-2' })
    const before = verifierWith({ clock: () => nowMs - 1 })
    await expect(before.verifier.verify(request)).resolves.toBeDefined()
    await expect(verifierWith().verifier.verify(request)).rejects.toMatchObject({ code: 'OAUTH_CREDENTIALS_INVALID' })
  })
})
