import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseTargetUrl } from '../../src/index.ts'

const codeOf = (text: string): unknown => {
  try {
    return parseTargetUrl(text).normalised
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a target url', () => {
  it.each([
    ['HTTPS://Example.COM', 'https://example.com/'],
    ['https://example.com:443/a', 'https://example.com/a'],
    ['https://example.com:8443/a', 'https://example.com:8443/a'],
    ['https://example.com:/a', 'https://example.com/a'],
    ['https://example.com?x=1', 'https://example.com/?x=1'],
    ['https://example.com/A%2Fb//c;d+e?q=%27&Q=1?2#fragment', 'https://example.com/A%2Fb//c;d+e?q=%27&Q=1?2'],
    ['https://[2001:DB8::1]/a', 'https://[2001:db8::1]/a'],
    ['https://127.0.0.1/', 'https://127.0.0.1/'],
    ['https://example.com./', 'https://example.com./'],
    ['https://example.com/...', 'https://example.com/...'],
    ["https://example.com/it's?it's", "https://example.com/it's?it's"],
  ])('%s is compared as %s', (text, normalised) => {
    expect(codeOf(text)).toBe(normalised)
  })

  it.each([
    'https://example.com/a/../b',
    'https://example.com/a/%2e%2E/b',
    'https://example.com/a/.%2e',
    'https://example.com/.',
    'https://example.com\\evil.com/',
    'https://user:secret@example.com/',
    'https://example.com/ä',
    'https://exämple.com/',
    'https://example.com/a b',
    'https://example.com/a\tb',
    'https://example.com/a\nb',
    'https://example.com/%zz',
    'https://example.com/{id}',
    'https://example.com:0/',
    'https://example.com:65536/',
    'https://example.com:80x/',
    'https:///path',
    'https://-example.com/',
    'https://a..b/',
    'https://256.256.256.256/',
    'https://1.2.3.4.5/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[1::2::3]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::1/',
    '/relative',
    '',
  ])('%j is not canonical', (text) => {
    expect(codeOf(text)).toBe('TARGET_URL_NOT_CANONICAL')
  })

  it.each([
    ['bank.example/token', 'it has no https:// at its start; write https://bank.example/token'],
    ['bank.example', 'it has no https:// at its start; write https://bank.example'],
    ['//bank.example/token?a=1', 'it has no https:// at its start; write https://bank.example/token?a=1'],
    ['bank.example:8443/a', 'it has no https:// at its start; write https://bank.example:8443/a'],
    ['/relative', 'it must begin with https:// and a host'],
    ['https:/bank.example', 'it must begin with https:// and a host'],
    ['mailto:a.b', 'it must begin with https:// and a host'],
    ['', 'it is empty; write https:// and the host, such as https://bank.example/token'],
  ])('%j is refused with what it lacks', (text, reason) => {
    expect(() => parseTargetUrl(text)).toThrow(`This url can't be used as it is written: ${reason}.`)
  })

  it.each(['http://example.com/', 'ftp://example.com/', 'file:///etc/passwd'])('%s is not https', (text) => {
    expect(codeOf(text)).toBe('TARGET_URL_NOT_HTTPS')
  })

  it('is at most 2,048 bytes long', () => {
    const url = (length: number) => 'https://example.com/'.padEnd(length, 'a')
    expect(codeOf(url(2_048))).toBe(url(2_048))
    expect(codeOf(url(2_049))).toBe('LIMIT_EXCEEDED')
  })

  it('sends the path and query of the caller byte for byte, and names the host that WHATWG parsing would connect to', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['https'], withQueryParameters: true }), (text) => {
        let parsed: ReturnType<typeof parseTargetUrl>
        try {
          parsed = parseTargetUrl(text)
        } catch {
          return
        }
        const written = text.replace(/^https:\/\/[^/?]*/, '')
        expect(parsed.pathAndQuery).toBe(written.startsWith('/') ? written : `/${written}`)
        const whatwg = new URL(text)
        expect(parsed.hostname).toBe(whatwg.hostname)
        expect(parseTargetUrl(parsed.normalised)).toEqual(parsed)
      }),
      { numRuns: 500 },
    )
  })
})
