import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  createCertificates,
  createMappings,
  MappingIndex,
  type NewMapping,
  parseMappingUrl,
  parseTargetUrl,
  planProbe,
} from '../../src/index.ts'
import { certificateId, context, newCertificate, newMapping } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'
import { finished } from '../finished.ts'

const id = certificateId(1)
const target = (url: string) => parseTargetUrl(url).normalised

function accountWith(...mappings: readonly (Partial<NewMapping> & { readonly to?: string })[]): Account {
  const entries = mappings.map((mapping, index) => {
    const { to = 'https://t.example/x', ...rest } = mapping
    return { ...newMapping(index + 1, `m${index}`, 1), url: parseMappingUrl(to), ...rest }
  })
  const saved = createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2')])
  return after(saved, createMappings(context('m'), entries))
}

const plan = (account: Account, ...urls: readonly string[]) => {
  const { urls: planned, skipped } = finished(planProbe(account, id, urls.map(target)))
  return {
    urls: planned.map(({ url, mappings }) => [url, ...mappings.map(({ name }) => name)]),
    skipped: skipped.map(({ name }) => name),
  }
}

describe('what a probe calls', () => {
  it('is each url that is mapped to the certificate and enabled', () => {
    const account = accountWith(
      { to: 'https://a.example/' },
      { to: 'https://b.example/', certificateId: certificateId(2) },
      { to: 'https://c.example/', enable: false },
    )
    expect(plan(account)).toEqual({ urls: [['https://a.example/', 'm0']], skipped: ['m2'] })
  })

  it('is a url once for all services that connect to its target alike', () => {
    const targetTrust = { serverName: 'other.example' }
    const targetTls = { maxVersion: '1.2' } as const
    const account = accountWith(
      { serviceId: '1' },
      { serviceId: '2' },
      { serviceId: '3', targetTrust },
      { serviceId: '4', targetTls },
    )
    expect(plan(account).urls).toEqual([
      ['https://t.example/x', 'm0', 'm1'],
      ['https://t.example/x', 'm2'],
      ['https://t.example/x', 'm3'],
    ])
  })

  it('is for a pattern each given url that falls under it; one without any is skipped', () => {
    const account = accountWith({ to: 'https://a.example/v1/*' }, { to: 'https://*.b.example/*' })
    expect(plan(account)).toEqual({ urls: [], skipped: ['m0', 'm1'] })
    expect(plan(account, 'https://a.example/v1/x', 'https://a.example/v1/y?z')).toEqual({
      urls: [
        ['https://a.example/v1/x', 'm0'],
        ['https://a.example/v1/y?z', 'm0'],
      ],
      skipped: ['m1'],
    })
  })

  it('is for a pattern what calls fall under it', () => {
    const hosts = ['a.example', 'x.a.example', 'y.x.a.example', '*.a.example', '*.x.a.example', 'a.example:8443']
    const paths = ['/', '/*', '/v', '/v/*', '/v/w/*', '/v/w', '/v?q=/v/w/*', '/v/?q', '/vv/*']
    const all = hosts.flatMap((host) => paths.map((path) => `https://${host}${path}`))
    const asked = all.filter((url) => !url.includes('*'))
    for (const pattern of all.filter((url) => /^[^?]*\*/.test(url) && !url.includes('?'))) {
      const account = accountWith({ to: pattern })
      const index = new MappingIndex()
      for (const mapping of account.mappings) index.add(mapping)
      const fitting = asked.filter((url) => index.find('1', target(url)))
      expect(plan(account, ...fitting).urls).toEqual(fitting.map((url) => [target(url), 'm0']))
      for (const url of asked) if (!fitting.includes(url)) expect(() => plan(account, url)).toThrow(/no mapping/)
    }
  })

  it('is found in steps, so that others need not wait for 10,000 patterns', () => {
    const account = accountWith(...Array.from({ length: 30 }, (_, n) => ({ to: `https://t.example/${n}/*` })))
    expect([...planProbe(account, id, [])]).toHaveLength(30)
  })

  it('may be told of a url that is mapped itself, but of none that is not mapped to the certificate', () => {
    const account = accountWith(
      { to: 'https://a.example/' },
      { to: 'https://b.example/*', certificateId: certificateId(2) },
    )
    expect(plan(account, 'https://a.example/').urls).toEqual([['https://a.example/', 'm0']])
    const error = errorOf(() => plan(account, 'https://b.example/x'))
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', details: { field: 'urls' } })
  })
})
