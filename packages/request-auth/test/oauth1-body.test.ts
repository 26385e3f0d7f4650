import { describe, expect, it } from '@jest/globals'
import { bodyHashOf } from '@mtls-gateway/request-signing'
import { BodyHashVerifier, bodyHashMismatch } from '../src/index.ts'
import { signedRequest, verifierWith } from './oauth1-setup.ts'

describe('a form-encoded body', () => {
  const formBody = 'a=1&a=&b=x%3Dy+z&__other__=ü'

  it('is part of the signature', async () => {
    const { verifier, nonces } = verifierWith()
    const request = signedRequest('/mtls/account/le123?a=2', { formBody })
    await expect(verifier.verify({ ...request, formBody: Buffer.from(formBody) })).resolves.toBeDefined()
    const forged = [Buffer.from(`${formBody}&c=1`), Buffer.from(''), undefined]
    for (const other of forged) {
      const again = signedRequest('/mtls/account/le123?a=2', { formBody })
      await expect(verifier.verify({ ...again, formBody: other })).rejects.toMatchObject({
        code: 'OAUTH_CREDENTIALS_INVALID',
      })
    }
    expect(nonces.claims).toHaveLength(1)
  })

  it('must not come with a body hash', async () => {
    const { verifier } = verifierWith()
    const request = signedRequest('/mtls/account/le123', { formBody, bodyHash: bodyHashOf(formBody) })
    await expect(verifier.verify({ ...request, formBody: Buffer.from(formBody) })).rejects.toMatchObject({
      code: 'OAUTH_MALFORMED',
      details: { parameter: 'oauth_body_hash' },
    })
  })
})

describe('a body hash', () => {
  it.each(['SHA1', 'SHA256'] as const)(
    'of HMAC-%s is handed on and checked while the body streams by',
    async (hash) => {
      const { verifier } = verifierWith()
      const request = signedRequest('/mtls/account/le123', { hash, bodyHash: bodyHashOf('Hello World!', hash) })
      const { bodyHash } = await verifier.verify(request)
      if (!bodyHash) throw new Error('the body hash is missing')

      const right = new BodyHashVerifier(bodyHash)
      for (const chunk of ['Hello', ' ', 'World!']) right.update(Buffer.from(chunk))
      expect(right.matches()).toBe(true)

      const wrong = new BodyHashVerifier(bodyHash)
      wrong.update(Buffer.from('Hello World?'))
      expect(wrong.matches()).toBe(false)
      expect(new BodyHashVerifier(bodyHash).matches()).toBe(false)
    },
  )

  it('is signed: it can be neither changed nor taken away', async () => {
    const { verifier } = verifierWith()
    const request = signedRequest('/mtls/account/le123', { bodyHash: bodyHashOf('Hello World!') })
    const other = encodeURIComponent(Buffer.from(bodyHashOf('Hello World?')).toString('base64'))
    for (const replacement of [`oauth_body_hash="${other}",`, '']) {
      const authorization = request.authorization.replace(/oauth_body_hash="[^"]*",/, replacement)
      await expect(verifier.verify({ ...request, authorization })).rejects.toMatchObject({
        code: 'OAUTH_CREDENTIALS_INVALID',
      })
    }
  })

  it('has the value that the draft publishes for an empty body', () => {
    const digest = Buffer.from('2jmj7l5rSw0yVb/vlWAYkK/YBwk=', 'base64')
    expect(new BodyHashVerifier({ algorithm: 'sha1', digest }).matches()).toBe(true)
  })

  it('that differs is told by a code', () => {
    expect(bodyHashMismatch().code).toBe('OAUTH_BODY_HASH_MISMATCH')
  })
})
