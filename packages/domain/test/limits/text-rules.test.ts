import { describe, expect, it } from '@jest/globals'
import { checkName, distinguishedName } from '../../src/index.ts'

describe('a name', () => {
  it('is 1 to 128 characters, counted as people do', () => {
    expect(checkName('name', '😀'.repeat(128))).toHaveLength(256)
    for (const long of ['x'.repeat(129), 'x'.repeat(257), '😀'.repeat(129)]) {
      expect(() => checkName('name', long)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }))
    }
    expect(() => checkName('name', ' ')).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
  })

  it.each(['\u0000', '\u0085', '\u2028', '\u2029', '\u202e', '\u2066'])('has no control characters (%j)', (control) => {
    expect(() => checkName('name', `a${control}b`)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
  })

  it('may be in any language', () => {
    for (const name of ['Žofie', 'שלום', '中文', '\u200fAda', '👩\u200d🔧']) expect(checkName('name', name)).toBe(name)
  })
})

describe('the name in a certificate', () => {
  it('has the most specific part first', () => {
    expect(distinguishedName('C=DE\nO=Bank\\, Inc\nCN=Žofie')).toBe('CN=Žofie, O=Bank\\, Inc, C=DE')
    expect(distinguishedName(undefined)).toBe('')
  })

  it('cannot change how the text around it is shown', () => {
    expect(distinguishedName('CN=Bank\u202eevil\u2066\u2028\u009b31m')).toBe(
      'CN=Bank\\E2\\80\\AEevil\\E2\\81\\A6\\E2\\80\\A8\\C2\\9B31m',
    )
  })
})
