import { describe, expect, it } from '@jest/globals'
import { parseOAuth1Header } from '../src/index.ts'

const parameters = {
  oauth_consumer_key: 'le123.key-1',
  oauth_nonce: 'abc',
  oauth_signature_method: 'HMAC-SHA1',
  oauth_timestamp: '1770091506',
  oauth_version: '1.0',
  oauth_signature: '74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D',
}

function header(overrides: Readonly<Record<string, string | undefined>> = {}): string {
  const entries = Object.entries({ ...parameters, ...overrides }).filter(([, value]) => value !== undefined)
  return `OAuth ${entries.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

const malformed = expect.objectContaining({ code: 'OAUTH_MALFORMED' })

describe('an OAuth 1.0a header', () => {
  it('is parsed with its values decoded', () => {
    expect(parseOAuth1Header(header({ oauth_nonce: 'a%2fb%2Bc' }))).toMatchObject({
      consumerKey: 'le123.key-1',
      signatureMethod: 'HMAC-SHA1',
      timestamp: 1770091506,
      nonce: 'a/b+c',
      signature: '74KNZJeDHnMBp0EMJ9ZHt/XKycU=',
      bodyHash: undefined,
    })
  })

  it('signs everything but realm and signature, in one encoding', () => {
    const { signedParameters } = parseOAuth1Header(
      `OAuth realm="a, \\"b\\" é",${header({ oauth_nonce: '%61%2f' }).slice(6)}`,
    )
    expect(Object.fromEntries(signedParameters)).toEqual({
      oauth_consumer_key: 'le123.key-1',
      oauth_nonce: 'a%2F',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '1770091506',
      oauth_version: '1.0',
    })
  })

  it('may leave out the version and have an empty token, white space and a scheme in any case', () => {
    const text = header({ oauth_version: undefined, oauth_token: '' })
      .replace('OAuth ', 'oauth \t')
      .replaceAll(', ', ' ,\t ')
    expect(parseOAuth1Header(text).nonce).toBe('abc')
  })

  it.each(Object.keys(parameters).filter((name) => name !== 'oauth_version'))('is malformed without %s', (name) => {
    const error = expect.objectContaining({ code: 'OAUTH_MALFORMED', details: { parameter: name } })
    expect(() => parseOAuth1Header(header({ [name]: undefined }))).toThrow(error)
    expect(() => parseOAuth1Header(header({ [name]: '' }))).toThrow(error)
  })

  it.each(Object.entries(parameters))('is malformed with a second %s, even an equal one', (name, value) => {
    expect(() => parseOAuth1Header(`${header()}, ${name}="${value}"`)).toThrow(malformed)
  })

  it('notices a duplicate whose name is escaped', () => {
    expect(() => parseOAuth1Header(`${header()}, %6Fauth_nonce="other"`)).toThrow(malformed)
  })

  it.each([
    ['a version other than 1.0', { oauth_version: '1.0a' }],
    ['an empty version', { oauth_version: '' }],
    ['PLAINTEXT', { oauth_signature_method: 'PLAINTEXT' }],
    ['RSA-SHA1', { oauth_signature_method: 'RSA-SHA1' }],
    ['a method in lower case', { oauth_signature_method: 'hmac-sha1' }],
    ['a timestamp with a fraction', { oauth_timestamp: '1770091506.5' }],
    ['a negative timestamp', { oauth_timestamp: '-1' }],
    ['a timestamp of zero', { oauth_timestamp: '0' }],
    ['a timestamp with a leading zero', { oauth_timestamp: '01770091506' }],
    ['a timestamp in hex', { oauth_timestamp: '0x1' }],
    ['an endless timestamp', { oauth_timestamp: '9'.repeat(16) }],
    ['an oversized nonce', { oauth_nonce: 'a'.repeat(129) }],
    ['a nonce with a control character', { oauth_nonce: 'a%0Ab' }],
    ['a nonce that is no UTF-8', { oauth_nonce: '%FF' }],
    ['an oversized consumer key', { oauth_consumer_key: 'a'.repeat(257) }],
    ['an oversized signature', { oauth_signature: 'a'.repeat(129) }],
    ['a token, which has no secret here', { oauth_token: 'token' }],
    ['a value that is not encoded', { oauth_signature: '74KNZJeDHnMBp0EMJ9ZHt/XKycU=' }],
    ['a plus sign, which is no space here', { oauth_nonce: 'a+b' }],
    ['a bare percent sign', { oauth_nonce: 'a%' }],
    ['half an escape', { oauth_nonce: 'a%4' }],
    ['an escape that is not hex', { oauth_nonce: 'a%zz' }],
  ])('is malformed with %s', (_, overrides) => {
    expect(() => parseOAuth1Header(header(overrides))).toThrow(malformed)
  })

  it.each([
    ['nothing but a scheme', 'OAuth'],
    ['another scheme', header().replace('OAuth', 'OAuth2')],
    ['values without quotes', header().replaceAll('"', '')],
    ['semicolons', header().replaceAll(', ', '; ')],
    ['no separator', header().replaceAll(', ', ' ')],
    ['a comma at the end', `${header()},`],
    ['an empty element', header().replace(', ', ', , ')],
    ['text at the end', `${header()} x`],
    ['an open quote', header().slice(0, -1)],
    ['an open realm', 'OAuth realm="abc\\"'],
    ['two realms', `OAuth realm="a", ${header().slice(6)}, Realm="a"`],
    ['two headers joined to one', `${header()}, ${header()}`],
    ['more than 32 parameters', `${header()}, ${Array.from({ length: 30 }, (_, i) => `p${i}="1"`).join(', ')}`],
    ['more than 4,096 characters', header({ other: 'a'.repeat(4_096) })],
  ])('is malformed with %s', (_, text) => {
    expect(() => parseOAuth1Header(text)).toThrow(malformed)
  })

  it('takes a body hash in base64 of the length that the method has', () => {
    const sha1 = 'Lve95gjOVATpfV8EL5X4nxwjKHE%3D'
    const sha256 = 'f4OxZX%2Fx%2FFO5LcGBSKHWXfwtSx%2Bj1ncoSt3SABJtkGk%3D'
    expect(parseOAuth1Header(header({ oauth_body_hash: sha1 })).bodyHash?.algorithm).toBe('sha1')
    expect(() => parseOAuth1Header(header({ oauth_body_hash: sha256 }))).toThrow(malformed)
    const hmacSha256 = { oauth_signature_method: 'HMAC-SHA256' }
    expect(parseOAuth1Header(header({ ...hmacSha256, oauth_body_hash: sha256 })).bodyHash?.algorithm).toBe('sha256')
    expect(() => parseOAuth1Header(header({ ...hmacSha256, oauth_body_hash: sha1 }))).toThrow(malformed)
    expect(() => parseOAuth1Header(header({ oauth_body_hash: '' }))).toThrow(malformed)
    const advice = 'oauth_body_hash has to be a SHA-256 in base64, as the signature method is HMAC-SHA256.'
    expect(() => parseOAuth1Header(header({ ...hmacSha256, oauth_body_hash: sha1 }))).toThrow(advice)
  })
})
