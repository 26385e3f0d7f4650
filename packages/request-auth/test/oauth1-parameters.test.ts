import { describe, expect, it } from '@jest/globals'
import { isFormEncoded } from '../src/index.ts'
import { encodedParameterString, signatureBaseString } from '../src/oauth1/base-string.ts'
import { encodedFormParameters } from '../src/oauth1/form-body.ts'
import { queryParameters } from '../src/oauth1/parameters.ts'

/** The parameter string of RFC 5849 section 3.4.1.3.2, as it is before it goes into the base string. */
function normalised(query: string): string {
  return decodeURIComponent(encodedParameterString(queryParameters(query)))
}

describe('the parameters of a query', () => {
  it.each([
    ['an encoded key is not encoded twice', 'c%40=1', 'c%40=1'],
    ['a key in query and body would be kept twice', 'a=2&a=1', 'a=1&a=2'],
    ['a value keeps all after its first equals sign', 'x=a=b', 'x=a%3Db'],
    ['an empty value beside another is kept', 'a=&a=1', 'a=&a=1'],
    ['a key without equals sign has an empty value', 'b&a', 'a=&b='],
    ['a second question mark belongs to the query', 'a=b?c=d&e?=f', 'a=b%3Fc%3Dd&e%3F=f'],
    [
      '__proto__ is a name like any other',
      '__proto__=1&__proto__=0&constructor=2',
      '__proto__=0&__proto__=1&constructor=2',
    ],
    ['a plus sign is a space', 'a=1+2%2B3&c+d=%20', 'a=1%202%2B3&c%20d=%20'],
    ['empty pieces are nothing', '&&a=1&', 'a=1'],
    ['an empty name is one', '=b&=a', '=a&=b'],
    ['hex is upper-case', 'a=%c3%a9', 'a=%C3%A9'],
    ['needless escapes are undone', '%61=%7E%2d%5f%2e', 'a=~-_.'],
    ['what encodeURIComponent spares is encoded', "a=!*'()", 'a=%21%2A%27%28%29'],
    ['bytes that are no UTF-8 stay what they are', 'a=%FF%00', 'a=%FF%00'],
    ['names are sorted by bytes, before values', 'a-=1&a=2&A=3&a%2D%21=4&a%C3=5', 'A=3&a=2&a%C3=5&a-=1&a-%21=4'],
    ['values are sorted by bytes', 'x=!&x=y&x=Y&x=', 'x=&x=%21&x=Y&x=y'],
  ])('%s', (_, query, expected) => {
    expect(normalised(query)).toBe(expected)
  })

  it.each(['a=100%', 'a=%zz', '%=1', 'a=%4', 'a=\u0100'])('are refused where they are not encoded: %s', (query) => {
    expect(() => queryParameters(query)).toThrow(expect.objectContaining({ code: 'OAUTH_MALFORMED' }))
  })

  it.each(['oauth_nonce=1', 'a=1&%6fauth_signature=x', 'oauth_'])('hold no OAuth parameters: %s', (query) => {
    expect(() => queryParameters(query)).toThrow(expect.objectContaining({ code: 'OAUTH_MALFORMED' }))
  })

  it('are at most 32, empty pieces included', () => {
    expect(queryParameters('a&'.repeat(31))).toHaveLength(31)
    for (const query of ['a&'.repeat(32), '&'.repeat(32)]) {
      expect(() => queryParameters(query)).toThrow(
        expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'query', limit: 32 } }),
      )
    }
  })

  it('have at most 2,048 bytes, which are not even read where there are more', () => {
    expect(queryParameters(`a=${'b'.repeat(2_046)}`)).toHaveLength(1)
    expect(() => queryParameters(`%=${'b'.repeat(2_047)}`)).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'query', limit: 2_048 } }),
    )
  })
})

describe('the parameters of a form-encoded body', () => {
  it('are read from bytes, raw UTF-8 included', () => {
    const encoded = encodedFormParameters([], Buffer.from('näme=wért+1'))
    expect(Buffer.from(encoded).toString()).toBe('n%25C3%25A4me%3Dw%25C3%25A9rt%25201')
  })

  it('are those of one media type', () => {
    for (const type of ['application/x-www-form-urlencoded', ' Application/X-WWW-Form-Urlencoded ; charset=utf-8']) {
      expect(isFormEncoded(type)).toBe(true)
    }
    for (const type of [
      undefined,
      '',
      'application/json',
      'application/x-www-form-urlencoded2',
      'multipart/form-data',
    ]) {
      expect(isFormEncoded(type)).toBe(false)
    }
  })
})

describe('the base string', () => {
  it('encodes the path as it came, escapes included', () => {
    expect(signatureBaseString('get', "https://a.example/r%20v/X!(')*", '')).toBe(
      'GET&https%3A%2F%2Fa.example%2Fr%2520v%2FX%21%28%27%29%2A&',
    )
  })
})
