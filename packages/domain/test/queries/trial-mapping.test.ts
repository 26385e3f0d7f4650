import { describe, expect, it } from '@jest/globals'
import {
  createCertificates,
  createMappings,
  type NewMapping,
  parseMappingUrl,
  parseTargetUrl,
  trialMapping,
} from '../../src/index.ts'
import { certificateId, context, newCertificate, newMapping } from '../account-fixtures.ts'
import { after } from '../applying.ts'

const url = parseTargetUrl('https://a.bank.example/one').normalised

/** The name of the mapping that says how the target is verified when the first of two certificates is tried. */
function chosen(...mappings: readonly (Partial<NewMapping> & { readonly to: string; readonly of: number })[]) {
  const entries = mappings.map(({ to, of, ...rest }, index) => ({
    ...newMapping(index + 1, `m${index}`, of),
    url: parseMappingUrl(to),
    ...rest,
  }))
  const saved = createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2')])
  return trialMapping(after(saved, createMappings(context('m'), entries)), certificateId(1), url)?.name
}

describe('the mapping that a trial verifies its target by', () => {
  it('is one of the certificate, whatever its service', () => {
    const other = { to: url, of: 2 }
    expect(chosen(other, { to: url, of: 1, serviceId: '3' })).toBe('m1')
    expect(chosen(other, { to: 'https://a.bank.example/*', of: 1, serviceId: '3' })).toBe('m1')
  })

  it('is else another that calls of the url fall under, the exact one before a pattern', () => {
    expect(chosen({ to: 'https://a.bank.example/*', of: 2 }, { to: url, of: 2, enable: false })).toBe('m1')
  })

  it('is one for all hosts of a domain, if there is no nearer one', () => {
    const wide = { to: 'https://*.bank.example/*', of: 1 }
    expect(chosen(wide)).toBe('m0')
    expect(chosen(wide, { to: url, of: 2 })).toBe('m1')
  })

  it('is none where no call falls under one', () => {
    expect(chosen({ to: 'https://b.bank.example/one', of: 1 })).toBeUndefined()
    expect(chosen({ to: 'https://a.bank.example:8443/one', of: 1 })).toBeUndefined()
    expect(chosen()).toBeUndefined()
  })
})
