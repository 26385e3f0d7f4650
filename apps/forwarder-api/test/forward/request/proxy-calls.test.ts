import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { isForProxy, proxiedInstructions, proxiedUrl } from '../../../src/forward/request/proxy-calls.ts'

const request = (url: string, host?: string) => ({ url, headers: { host } }) as IncomingMessage

describe('a request line', () => {
  it.each(['http://a.example/', 'HTTP://a.example', 'https://a.example/x', 'ftp://a.example/', 'http:///x', 'x://'])(
    'is for a proxy with %s',
    (url) => {
      expect(isForProxy(request(url))).toBe(true)
    },
  )

  it.each(['/', '/http://a.example/', '*', 'a.example:443', 'http:/a.example/', ''])('is for none with %s', (url) => {
    expect(isForProxy(request(url))).toBe(false)
  })
})

describe('the url of a call through the proxy', () => {
  it.each([
    ['http://bank.example/a?b', 'bank.example', 'https://bank.example/a?b'],
    ['http://bank.example', 'bank.example:80', 'https://bank.example'],
    ['http://bank.example:80/a', 'bank.example', 'https://bank.example/a'],
    ['http://bank.example:/a', 'bank.example', 'https://bank.example/a'],
    ['http://bank.example:080/a', 'bank.example', 'https://bank.example/a'],
    ['http://bank.example:8443/a', 'bank.example:8443', 'https://bank.example:8443/a'],
    ['http://bank.example:443/a', 'bank.example:443', 'https://bank.example:443/a'],
    ['HTTPS://Bank.Example:443/A', 'bank.example', 'https://Bank.Example/A'],
    ['https://bank.example:80/a', 'bank.example:80', 'https://bank.example:80/a'],
    ['http://[2001:db8::80]/a', '[2001:db8::80]', 'https://[2001:db8::80]/a'],
    ['http://[2001:db8::1]:80/a', '[2001:DB8::1]', 'https://[2001:db8::1]/a'],
    ['http://bank.example?a', undefined, 'https://bank.example?a'],
    // For the parser of target urls to refuse.
    ['http://user:pass@bank.example/', undefined, 'https://user:pass@bank.example/'],
    ['http:///a', undefined, 'https:///a'],
  ])('%s with the host %s is %s', (url, host, target) => {
    expect(proxiedUrl(request(url, host))).toBe(target)
  })

  it.each([
    ['another host', 'http://bank.example/', 'evil.example'],
    ['another port', 'http://bank.example/', 'bank.example:443'],
    ['a host that it only begins with', 'http://bank.example/', 'bank.example.'],
    ['an empty Host', 'http://bank.example/', ''],
    ['a user', 'http://bank.example@evil.example/', 'bank.example'],
  ])('is refused with %s', (_, url, host) => {
    expect(() => proxiedUrl(request(url, host))).toThrow(expect.objectContaining({ code: 'MALFORMED_REQUEST' }))
  })

  it('has no other scheme', () => {
    for (const scheme of ['ftp', 'file', 'ws', 'wss', 'httpsx', 'constructor']) {
      const refused = expect.objectContaining({ code: 'TARGET_URL_NOT_HTTPS' })
      expect(() => proxiedUrl(request(`${scheme}://bank.example/`, 'bank.example'))).toThrow(refused)
    }
  })

  it('is the only one of its call', () => {
    const gateway = new Map([['lp-forward-url', 'https://evil.example/']])
    const refused = expect.objectContaining({ code: 'VALIDATION_FAILED' })
    expect(() => proxiedInstructions('https://bank.example/', gateway)).toThrow(refused)
  })
})

describe('a Location of the target', () => {
  const relocate = (location: string, called = 'https://bank.example/a/b') =>
    proxiedInstructions(called, new Map()).relocate?.(location)

  it.each([
    ['https://bank.example/x?y#z', 'http://bank.example/x?y#z'],
    ['https://BANK.example:443/', 'http://bank.example/'],
    ['https:/x', 'http://bank.example/x'],
    ['https:x', 'http://bank.example/a/x'],
    // Read relative to the url that was called, which has the proxy in front of it.
    ['/x', '/x'],
    ['//bank.example/x', '//bank.example/x'],
    ['x', 'x'],
    // For whom the client has not asked the gateway.
    ['https://bank.example:8443/x', 'https://bank.example:8443/x'],
    ['https://bank.example.evil.example/', 'https://bank.example.evil.example/'],
    ['https://bank.example@evil.example/', 'https://bank.example@evil.example/'],
    ['https://[bad', 'https://[bad'],
    ['http://bank.example/x', 'http://bank.example/x'],
    ['', ''],
  ])('%j becomes %j', (location, expected) => {
    expect(relocate(location)).toBe(expected)
  })

  it('keeps its port', () => {
    expect(relocate('https://bank.example:8443/x', 'https://bank.example:8443/a')).toBe('http://bank.example:8443/x')
  })
})
