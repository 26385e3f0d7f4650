import { describe, expect, it } from '@jest/globals'
import { parsePublicBaseUrl, type RequestAddress, signedBaseUrls } from '../src/index.ts'

function address(overrides: Partial<RequestAddress>): RequestAddress {
  return { publicBaseUrls: [], protocol: 'https', host: 'gateway.example.com', ...overrides }
}

describe('the base url that a caller signed', () => {
  it.each([
    ['EXAMPLE.COM:80', 'http', 'http://example.com'],
    ['example.net:8080', 'http', 'http://example.net:8080'],
    ['Example.com:443', 'https', 'https://example.com'],
    ['example.com:80', 'https', 'https://example.com:80'],
    ['example.com:', 'https', 'https://example.com'],
    ['[2001:DB8::1]:8443', 'https', 'https://[2001:db8::1]:8443'],
    ['[::1]:443', 'https', 'https://[::1]'],
  ] as const)('comes from Host %s over %s as %s', (host, protocol, expected) => {
    expect(signedBaseUrls(address({ host, protocol }))).toEqual([expected])
  })

  it.each([undefined, '', 'a b', 'user@example.com', 'example.com/path', 'a:b', 'a.example, b.example', '[::1'])(
    'can not come from Host %p',
    (host) => {
      expect(() => signedBaseUrls(address({ host }))).toThrow(expect.objectContaining({ code: 'MALFORMED_REQUEST' }))
    },
  )

  it('comes from what trusted proxies say, where they say it', () => {
    const behindProxy = address({ protocol: 'http', host: 'internal:8081' })
    expect(signedBaseUrls({ ...behindProxy, forwarded: { protocol: 'HTTPS', host: 'Gateway.Example:443' } })).toEqual([
      'https://gateway.example',
    ])
    expect(signedBaseUrls({ ...behindProxy, forwarded: { protocol: 'https' } })).toEqual(['https://internal:8081'])
    expect(signedBaseUrls({ ...behindProxy, forwarded: {} })).toEqual(['http://internal:8081'])
    for (const forwarded of [{ protocol: 'https, http' }, { protocol: 'ftp' }, { host: 'a.example, b.example' }]) {
      expect(() => signedBaseUrls({ ...behindProxy, forwarded })).toThrow(
        expect.objectContaining({ code: 'MALFORMED_REQUEST' }),
      )
    }
  })

  it('is that of each request, also where the one before came to another address', () => {
    for (const [protocol, host] of [
      ['http', 'a.example'],
      ['https', 'a.example'],
      ['https', 'b.example'],
      ['http', 'a.example'],
    ] as const) {
      expect(signedBaseUrls(address({ protocol, host }))).toEqual([`${protocol}://${host}`])
    }
  })

  it('is one of the public base urls where there are any, whatever the request says', () => {
    const publicBaseUrls = ['https://a.example', 'https://b.example/prefix']
    const forwarded = { protocol: 'http', host: 'evil.example' }
    expect(signedBaseUrls(address({ publicBaseUrls, host: undefined, forwarded }))).toEqual(publicBaseUrls)
  })
})

describe('a public base url', () => {
  it.each([
    ['HTTPS://Gateway.Example.COM:443/', 'https://gateway.example.com'],
    ['http://gateway.example.com:80', 'http://gateway.example.com'],
    ['https://gateway.example.com:8443/Prefix/', 'https://gateway.example.com:8443/Prefix'],
  ])('%s is signed as %s', (text, expected) => {
    expect(parsePublicBaseUrl(text)).toBe(expected)
  })

  it.each([
    '',
    'gateway.example.com',
    '/path',
    'ftp://a.example',
    'https://u:p@a.example',
    'https://a.example/?q',
    'https://a/#f',
  ])('is not %p', (text) => {
    // A bare "?" is dropped by the parser; what is left of it here is a query.
    expect(() => parsePublicBaseUrl(text)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
  })
})
