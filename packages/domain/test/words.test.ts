import { describe, expect, it } from '@jest/globals'
import {
  checkName,
  formatAppKey,
  parseAccountId,
  parseAppKey,
  parseCertificateId,
  parseRecordId,
  ServiceCatalogue,
} from '../src/index.ts'

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

describe('a name', () => {
  it('is 1 to 128 characters, counted as people do', () => {
    expect(checkName('name', '😀'.repeat(128))).toHaveLength(256)
    expect(() => checkName('name', 'x'.repeat(129))).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }))
    expect(() => checkName('name', ' ')).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
  })

  it('has no control characters', () => {
    expect(() => checkName('name', 'a\u0000b')).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
    expect(() => checkName('name', 'a\u0085b')).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
  })
})

describe('a service', () => {
  it('is known by its name or its number', () => {
    const services = new ServiceCatalogue([{ number: '9', name: 'BANK' }])
    expect(services.resolve('IDP')).toEqual(services.resolve('1'))
    expect(services.resolve('BANK').number).toBe('9')
  })

  it('that is unknown is refused with the known ones', () => {
    expect(() => new ServiceCatalogue().resolve('idp')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SERVICE', message: expect.stringContaining('IDP (1)') }),
    )
  })

  it('can not be configured twice', () => {
    expect(() => new ServiceCatalogue([{ number: '1', name: 'OTHER' }])).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    )
  })
})

describe('an app key', () => {
  it('is read as it was written', () => {
    const key = { accountId: parseAccountId('le123'), id: parseRecordId('Ab-9_') }
    expect(parseAppKey(formatAppKey(key.accountId, key.id))).toEqual(key)
  })

  it.each(['', 'le123', '.x', 'le123.', 'a.b.c', 'a/b.c'])('%j is none of ours', (text) => {
    expect(parseAppKey(text)).toBeUndefined()
  })
})
