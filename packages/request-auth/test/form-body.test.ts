import { describe, expect, it } from '@jest/globals'
import { isCodedError } from '@mtls-gateway/domain'
import fc from 'fast-check'
import { maxSignedFormBytes, signedFormWork } from '../src/index.ts'
import { encodedParameterString } from '../src/oauth1/base-string.ts'
import { encodedFormParameters } from '../src/oauth1/form-body.ts'
import { queryParameters } from '../src/oauth1/parameters.ts'
import { normaliseFormText } from '../src/oauth1/percent-encoding.ts'
import { plainlyNormalised, plainParameterString } from './plain-base-string.ts'

/**
 * Any bytes, and everything special in forms: partial escapes, invalid UTF-8, text that sorts differently when encoded.
 */
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'A', '-', '.', '~', '=', '=', '&', '&', '+') },
  fc.constantFrom('%', '%4', '%zz', '%00', '%fF', '%C3%A9', '%7e', '%2B', '%26', '%3D', '%25', '%6fauth', 'oauth_'),
  fc.constantFrom('!', "'", '(', ')', '*', ' ', '\u0000', '\u007f', '\u0080', '\u00ff', 'Ã©'),
  fc.nat(255).map((byte) => String.fromCharCode(byte)),
)
const form = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))
const wellFormed = form.map((text) =>
  text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25').replace(/(?<=^|&)(?:o|%6f)auth_/g, 'b'),
)

const header = [
  ['oauth_consumer_key', 'le1.a'],
  ['oauth_nonce', 'n%201'],
] as const
const headerText = 'oauth_consumer_key=le1.a&oauth_nonce=n%201'

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** What a form adds, alone or with a query and the parameters of a header. */
function formText(body: string, query?: string): string {
  const others = query === undefined ? [] : [...header, ...queryParameters(query)]
  return Buffer.from(encodedFormParameters(others, bytes(body))).toString('latin1')
}

function outcomeOf(attempt: () => string): string {
  try {
    return attempt()
  } catch (error) {
    if (isCodedError(error)) return error.code
    throw error
  }
}

describe('the parameters of a form in a base string', () => {
  it('are those of the RFC, sorted with those of header and query', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, (body, query) => {
        expect(formText(body)).toBe(plainParameterString(body))
        expect(formText(body, query)).toBe(plainParameterString(headerText, query, body))
      }),
      { numRuns: 2_000 },
    )
  })

  it('are refused where those of the same query are', () => {
    fc.assert(
      fc.property(form, (text) => {
        const ofQuery = outcomeOf(() => encodedParameterString(queryParameters(text)))

        expect(outcomeOf(() => formText(text))).toBe(ofQuery)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keep the order of encoded text, where every escape comes before what is none', () => {
    const names = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).padStart(2, '0')}`)

    expect(formText(names.toReversed().join('&'))).toBe(plainParameterString(names.join('&')))
    expect(formText('z=1&%C3=2&-=3&%EF%BF%BD=4&%F0%90%80%80=5&=6')).toBe(
      '%3D6%26%25C3%3D2%26%25EF%25BF%25BD%3D4%26%25F0%2590%2580%2580%3D5%26-%3D3%26z%3D1',
    )
  })

  it('may be as many and as long as they may, whatever they hold', () => {
    const many = Array.from({ length: 1_000 }, (_, at) => `${'+'.repeat(250)}${(at * 7_919) % 1_000}`).join('&')
    for (const body of ['+'.repeat(maxSignedFormBytes), '%7E'.repeat(87_381), '='.repeat(maxSignedFormBytes), many]) {
      expect(formText(body)).toBe(plainParameterString(body))
    }
    expect(formText('a&'.repeat(999))).toBe(plainParameterString('a&'.repeat(999)))
    expect(formText('&'.repeat(999))).toBe('')
    expect(formText('')).toBe('')
  })

  it('are at most 1,000, empty ones included, in at most 256 KiB', () => {
    for (const body of ['a&'.repeat(1_000), '&'.repeat(1_000), '&'.repeat(131_071), `%zz${'&a'.repeat(131_000)}`]) {
      expect(() => encodedFormParameters([], bytes(body))).toThrow(
        expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'body', limit: 1_000 } }),
      )
    }
    expect(() => encodedFormParameters([], Buffer.alloc(maxSignedFormBytes + 1, 'a'))).toThrow(
      expect.objectContaining({ code: 'BODY_TOO_LARGE', details: { limit: maxSignedFormBytes } }),
    )
  })

  it('are read from a view into a larger buffer, which stays as it is', () => {
    const buffer = bytes('x=0&a=1+2&y=2')

    expect(Buffer.from(encodedFormParameters([], Uint8Array.prototype.subarray.call(buffer, 4, 9))).toString()).toBe(
      'a%3D1%25202',
    )
    expect(buffer.toString()).toBe('x=0&a=1+2&y=2')
  })
})

describe('the work of a form', () => {
  it('counts its bytes and its parameters', () => {
    expect(signedFormWork(Buffer.alloc(1_000, '+'))).toBe(1_200)
    expect(signedFormWork(bytes('a&b&c'))).toBe(605)
    expect(signedFormWork(Buffer.alloc(131_071, '&'))).toBeLessThan(2 * maxSignedFormBytes)
  })
})

describe('form-encoded text', () => {
  it('is normalised as the RFC says', () => {
    const long = form.map((text) => text.repeat(40))
    fc.assert(
      fc.property(fc.oneof(form, long, fc.string({ unit: 'binary' })), (text) => {
        expect(outcomeOf(() => normaliseFormText(text))).toBe(outcomeOf(() => plainlyNormalised(text)))
      }),
      { numRuns: 2_000 },
    )
  })
})
