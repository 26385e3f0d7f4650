import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  createCertificates,
  createMappings,
  emptyAccount,
  explainMapping,
  parseMappingUrl,
  parseRecordId,
  parseTargetUrl,
} from '../../src/index.ts'
import { accountId, context, newCertificate, newMapping } from '../account-fixtures.ts'
import { finished } from '../finished.ts'

const now = Date.parse('2026-06-01T00:00:00.000Z')

function accountWith(...mappings: readonly { url: string; serviceId?: string; enable?: boolean }[]): Account {
  const { account } = createCertificates(context('c-1'), [newCertificate(1, 'c1')])(emptyAccount(accountId))
  const entries = mappings.map(({ url, ...rest }, index) => ({
    ...newMapping(index + 1, `m${index}`, 1),
    url: parseMappingUrl(url),
    ...rest,
  }))
  return createMappings(context('c-2'), entries)(account).account
}

const explain = (account: Account, url: string, at = now) =>
  finished(explainMapping(account, '1', parseTargetUrl(url).normalised, at))
const explainUnnamed = (account: Account, url: string) =>
  finished(explainMapping(account, undefined, parseTargetUrl(url).normalised, now))

describe('the explanation of a call', () => {
  it.each([
    ['https://a.example/x', 'exact'],
    ['https://a.example/*', 'pattern'],
    ['https://*.example/x', 'pattern'],
  ])('names the mapping %s, its certificate, and that it is %s', (url, by) => {
    const account = accountWith({ url })
    const { match, nearMisses } = explain(account, 'https://a.example/x')
    expect(match).toEqual({
      mapping: account.mappings[0],
      certificate: account.certificates[0],
      by,
      problem: undefined,
    })
    expect(nearMisses).toEqual([])
  })

  it('finds the only mapping of a call that names no service, or those from which it has to choose', () => {
    const url = 'https://a.example/x'
    const only = accountWith({ url, serviceId: '2' }, { url, serviceId: '1', enable: false })
    expect(explainUnnamed(only, url)).toMatchObject({
      match: { mapping: only.mappings[0], problem: undefined },
      candidates: [],
      nearMisses: [{ mapping: only.mappings[1], differences: ['disabled'] }],
    })
    const several = accountWith({ url, serviceId: '2' }, { url: 'https://*.example/*', serviceId: '1' })
    expect(explainUnnamed(several, url)).toMatchObject({
      match: undefined,
      candidates: several.mappings,
      nearMisses: [],
    })
    expect(explainUnnamed(several, 'https://b.test/')).toMatchObject({ match: undefined, candidates: [] })
  })

  it('tells what the account does with unmapped calls', () => {
    const account = accountWith()
    expect(explain(account, 'https://a.example/x').unmapped).toBe('plain')
    const settings = { unmappedCalls: 'refuse' } as const
    expect(explain({ ...account, settings }, 'https://a.example/x').unmapped).toBe('refuse')
  })

  it('names why a mapping can not be used', () => {
    const url = 'https://a.example/x'
    expect(explain(accountWith({ url, enable: false }), url).match?.problem).toBe('MAPPING_DISABLED')
    const later = Date.parse('2031-01-01T00:00:00.000Z')
    expect(explain(accountWith({ url }), url, later).match?.problem).toBe('CLIENT_CERTIFICATE_EXPIRED')
    const earlier = Date.parse('2019-12-31T23:59:59.999Z')
    expect(explain(accountWith({ url }), url, earlier).match?.problem).toBe('CLIENT_CERTIFICATE_NOT_YET_VALID')
    const account = accountWith({ url })
    const certificates = account.certificates.map(({ current: _, ...certificate }) => certificate)
    expect(explain({ ...account, certificates }, url).match?.problem).toBe('CERTIFICATE_PENDING_SIGNATURE')
  })

  it.each([
    ['https://a.example/x?q=1', 'https://a.example/x', ['query']],
    ['https://a.example/x', 'https://a.example/x?', ['query']],
    ['https://a.example/X', 'https://a.example/x', ['case']],
    ['https://a.example/%2Fx', 'https://a.example/%2fx', ['case']],
    ['https://a.example/x/', 'https://a.example/x', ['trailing-slash']],
    ['https://a.example/x', 'https://a.example/x/', ['trailing-slash']],
    ['https://a.example/x/*', 'https://a.example/x', ['trailing-slash']],
    ['https://a.example/X/*', 'https://a.example/x/y?q', ['case']],
    ['https://*.example/X/?q', 'https://a.example/x', ['case', 'trailing-slash', 'query']],
  ])('names %s as a near miss of %s', (url, call, differences) => {
    expect(explain(accountWith({ url }), call)).toMatchObject({ match: undefined, nearMisses: [{ differences }] })
  })

  it('says so where the secret that a target wants was set for another host', () => {
    const account = accountWith({ url: 'https://a.example/x' })
    const heldFor = (host: string): Account => {
      const secret = { secretId: parseRecordId('s1'), setAt: '2026-01-01T00:00:00.000Z', setBy: 'anna', host }
      const targetAuth = { type: 'headers', headers: [{ name: 'X-Key', secret }] } as const
      return { ...account, mappings: account.mappings.map((mapping) => ({ ...mapping, targetAuth })) }
    }
    const problemOf = (host: string) => explain(heldFor(host), 'https://a.example/x').match?.problem
    expect([problemOf('a.example'), problemOf('b.example')]).toEqual([undefined, 'TARGET_SECRET_MISSING'])
  })

  it('names mappings of other services, disabled ones and those behind a more specific one, the nearest first', () => {
    const account = accountWith(
      { url: 'https://a.example/x?q', serviceId: '2', enable: false },
      { url: 'https://a.example/x', serviceId: '2' },
      { url: 'https://a.example/*', enable: false },
      { url: 'https://a.example/x', enable: false },
    )
    const { match, nearMisses } = explain(account, 'https://a.example/x')
    expect(match).toMatchObject({ mapping: { id: 4 }, problem: 'MAPPING_DISABLED' })
    expect(nearMisses.map(({ mapping, differences }) => [mapping.id, ...differences])).toEqual([
      [2, 'service'],
      [4, 'disabled'],
      [3, 'shadowed', 'disabled'],
      [1, 'query', 'service', 'disabled'],
    ])
  })

  it('does not take for near what is for another host, port or path', () => {
    const urls = ['https://b.example/x', 'https://a.example:444/x', 'https://a.example/y', 'https://*.a.example/x']
    const account = accountWith(...urls.map((url) => ({ url })))
    expect(explain(account, 'https://a.example/x')).toMatchObject({ match: undefined, nearMisses: [] })
  })

  it('pauses after each mapping, so that others need not wait for all of them', () => {
    const account = accountWith(...Array.from({ length: 30 }, (_, n) => ({ url: `https://a.example/?${n}` })))
    const steps = explainMapping(account, '1', parseTargetUrl('https://a.example/').normalised, now)
    expect([...steps].length).toBeGreaterThanOrEqual(30)
  })

  it('names 20 near misses and no more', () => {
    const account = accountWith(...Array.from({ length: 30 }, (_, n) => ({ url: `https://a.example/?${n}` })))
    expect(explain(account, 'https://a.example/').nearMisses).toHaveLength(20)
  })
})
