import { describe, expect, it } from '@jest/globals'
import type { OAuth1Hash } from '@mtls-gateway/request-signing'
import fc from 'fast-check'
import { signedRequest, verifierWith } from './oauth1-setup.ts'

const name = fc
  .string({ unit: 'binary', maxLength: 8 })
  .filter((text) => !text.startsWith('oauth_') && text !== '__proto__')
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', 'a=b', '%', '+', '&', "!*'()", '?'),
)
const parameters = fc.array(fc.tuple(name, value), { maxLength: 12 })
const style = fc.constantFrom<Encoder>(encodeURIComponent, formEncode, lowerCaseHex, everyByte)
const pathText = fc.array(fc.constantFrom('mtls', 'a%20b', "!$&'()*+,;=:@", '%c3%A9', '', '.'), { maxLength: 4 })
const hash = fc.constantFrom<OAuth1Hash>('SHA1', 'SHA256')

type Encoder = (text: string) => string

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

function lowerCaseHex(text: string): string {
  return encodeURIComponent(text).replace(/%../g, (piece) => piece.toLowerCase())
}

function everyByte(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

function encode(pairs: readonly (readonly [string, string])[], encoder: Encoder): string {
  return pairs.map((pair) => pair.map(encoder).join('=')).join('&')
}

describe('whatever oauth-1.0a signs of normalised parameters', () => {
  it('is accepted, and refused when query or body is changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        parameters,
        style,
        parameters,
        style,
        pathText,
        hash,
        async (query, qStyle, form, fStyle, path, alg) => {
          const target = `/${path.join('/')}?${encode(query, qStyle)}`
          const formBody = encode(form, fStyle)
          const { verifier, nonces } = verifierWith()
          const request = { ...signedRequest(target, { formBody, hash: alg }), formBody: Buffer.from(formBody) }
          await verifier.verify(request)
          for (const changed of [{ target: `${target}&more` }, { formBody: Buffer.from(`${formBody}&more`) }]) {
            await expect(verifier.verify({ ...request, ...changed })).rejects.toMatchObject({
              code: 'OAUTH_CREDENTIALS_INVALID',
            })
          }
          expect(nonces.claims).toHaveLength(1)
        },
      ),
      { numRuns: 300 },
    )
  })
})
