import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Mapping, MappingIndex, parseMappingUrl, parseTargetUrl } from '../../src/index.ts'
import { certificateId, mappingId } from '../account-fixtures.ts'
import { oracle } from './mapping-oracle.ts'

const mapping = (url: string, { serviceId = '1', enable = true } = {}): Mapping => ({
  id: mappingId(1),
  name: url,
  serviceId,
  url: parseMappingUrl(url),
  enable,
  certificateId: certificateId(1),
  revision: 1,
})

function found(urls: readonly string[], call: string): string | undefined {
  const index = new MappingIndex()
  for (const url of urls) index.add(mapping(url))
  return index.find('1', parseTargetUrl(call).normalised)?.name
}

describe('the mapping of a call', () => {
  it.each([
    ['https://a.example/x/*', 'https://a.example/x/', true],
    ['https://a.example/x/*', 'https://a.example/x/y/z?q=/&*', true],
    ['https://a.example/x/*', 'https://a.example/x', false],
    ['https://a.example/x/*', 'https://a.example/x?/x/', false],
    ['https://a.example/x/*', 'https://a.example/X/y', false],
    ['https://a.example/x/*', 'https://a.example/xx/y', false],
    ['https://a.example/x/*', 'https://a.example:8443/x/y', false],
    ['https://a.example/*', 'https://a.example', true],
    ['https://a.example/*', 'https://b.a.example/', false],
    ['https://*.example.com/', 'https://a.example.com', true],
    ['https://*.example.com/', 'https://a.example.com/?', false],
    ['https://*.example.com/', 'https://example.com', false],
    ['https://*.example.com/', 'https://a.b.example.com', false],
    ['https://*.example.com/p?q', 'https://a.example.com/p?q', true],
    ['https://*.example.com/p?q', 'https://a.example.com/p', false],
    ['https://*.example.com:8443/*', 'https://a.example.com:8443/p?q', true],
    ['https://*.example.com/*', 'https://a.example.com:8443/p', false],
    ['https://*/*', 'https://a.example.com/p?q', true],
    ['https://*/*', 'https://localhost', true],
    ['https://*/*', 'https://192.0.2.1/x', true],
    ['https://*/*', 'https://[2001:db8::1]/x', true],
    ['https://*/*', 'https://a.example.com:8443/p', false],
    ['https://*:8443/*', 'https://[2001:db8::1]:8443/x', true],
    ['https://*:8443/*', 'https://a.example.com/p', false],
  ])('under %s: %s is %s', (pattern, call, expected) => {
    expect(found([pattern], call)).toBe(expected ? pattern : undefined)
  })

  it('is the most specific one: exact url, exact host, wildcard host with the path, longest prefix, any host', () => {
    const all = [
      'https://a.example.com/x/y/',
      'https://a.example.com/x/y/*',
      'https://a.example.com/x/*',
      'https://a.example.com/*',
      'https://*.example.com/x/y/',
      'https://*.example.com/x/*',
      'https://*.example.com/*',
      'https://*/*',
    ]
    for (let first = 0; first < all.length; first++) {
      expect(found(all.slice(first).reverse(), 'https://a.example.com/x/y/')).toBe(all[first])
    }
  })

  it('is a disabled one where that is the most specific', () => {
    const index = new MappingIndex()
    index.add(mapping('https://a.example/*'))
    index.add(mapping('https://a.example/x/*', { enable: false }))
    expect(index.find('1', parseTargetUrl('https://a.example/x/y').normalised)).toMatchObject({ enable: false })
  })

  it('is of the service of the call', () => {
    const index = new MappingIndex()
    index.add(mapping('https://a.example/*', { serviceId: '2' }))
    expect(index.find('1', parseTargetUrl('https://a.example/').normalised)).toBeUndefined()
    expect(index.find('2', parseTargetUrl('https://a.example/').normalised)).toBeDefined()
  })

  it('is, of a call that names no service, one of each service: enabled ones before disabled ones', () => {
    const of = (...mappings: readonly Mapping[]) => {
      const index = new MappingIndex()
      for (const each of mappings) index.add(each)
      return index
    }
    const url = parseTargetUrl('https://a.example/x').normalised
    const [idp, hooks] = [mapping('https://a.example/x'), mapping('https://*.example/*', { serviceId: '2' })]
    const off = mapping('https://a.example/x', { serviceId: '3', enable: false })
    expect(of(idp, mapping('https://a.example/*')).findOfAnyService(url)).toEqual([idp])
    expect(of(idp, hooks, off).findOfAnyService(url)).toEqual([idp, hooks])
    expect(of(idp, off).findOfAnyService(url)).toEqual([idp])
    expect(of(idp, hooks, off).findOfAnyService(url, new Set(['2', '3']))).toEqual([hooks])
    expect(of(idp, off).findOfAnyService(url, new Set(['3', '4']))).toEqual([off])
    expect(of(off).findOfAnyService(url)).toEqual([off])
    expect(of(mapping('https://b.example/')).findOfAnyService(url)).toEqual([])
  })

  it('is the one that a comparison with every mapping finds', () => {
    const host = fc.constantFrom('a.b', 'b', 'c.a.b', 'a.b:444', 'x.b')
    const segment = fc.constantFrom('', 'a', 'b', 'A', '%2F')
    const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`)
    const query = fc.constantFrom('', '?', '?a/b')
    const target = fc.tuple(host, path, query).map(([h, p, q]) => `https://${h}${p}${q}`)
    const below = (p: string) => `${p.endsWith('/') ? p : `${p}/`}*`
    const anyHost = fc.oneof(host, fc.constantFrom('*.b', '*.a.b', '*.b:444'))
    const anyPath = fc.oneof(
      fc.tuple(path, query).map((parts) => parts.join('')),
      path.map(below),
    )
    const pattern = fc.oneof(
      { weight: 9, arbitrary: fc.tuple(anyHost, anyPath).map(([h, p]) => `https://${h}${p}`) },
      { weight: 1, arbitrary: fc.constantFrom('https://*/*', 'https://*:444/*') },
    )
    fc.assert(
      fc.property(fc.uniqueArray(pattern, { maxLength: 12 }), fc.array(target, { minLength: 1 }), (urls, calls) => {
        for (const call of calls) expect(found(urls, call)).toBe(oracle(urls, call))
      }),
      { numRuns: 2_000 },
    )
  })
})
