import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseCertificateId } from '../../src/index.ts'

describe('an account id', () => {
  it.each(['le123', 'A_b-9', 'x'.repeat(64)])('may be %s', (text) => {
    expect(parseAccountId(text)).toBe(text)
  })

  it.each(['', 'x'.repeat(65), 'a/b', '..', 'a.b', 'a b', 'ä', 'a\n'])('is never %j', (text) => {
    expect(() => parseAccountId(text)).toThrow(expect.objectContaining({ code: 'ACCOUNT_ID_INVALID' }))
  })
})

describe('the id of a certificate or mapping', () => {
  it('is a number or a string of digits', () => {
    expect(parseCertificateId(2628739923)).toBe(2628739923)
    expect(parseCertificateId('2628739923')).toBe(2628739923)
  })

  it.each([0, -1, 1.5, 2 ** 53, '0', '01', '1e3', '', null, undefined, {}, '9'.repeat(16)])('is never %j', (value) => {
    expect(parseCertificateId(value)).toBeUndefined()
  })
})
