import { describe, expect, it } from '@jest/globals'
import { isUrlPattern, parseMappingUrl } from '../../src/index.ts'

const outcome = (text: string): unknown => {
  try {
    return parseMappingUrl(text)
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('the url of a mapping', () => {
  it.each([
    ['https://Example.com', 'https://example.com/'],
    ['https://example.com/a?b#*', 'https://example.com/a?b'],
    ['https://example.com/a?fields=*&x=/*', 'https://example.com/a?fields=*&x=/*'],
  ])('%s is one target, compared as %s', (text, normalised) => {
    expect(outcome(text)).toBe(normalised)
    expect(isUrlPattern(parseMappingUrl(text))).toBe(false)
  })

  it.each([
    ['https://example.com/*', 'https://example.com/*'],
    ['HTTPS://Example.COM:443/A/*#x', 'https://example.com/A/*'],
    ['https://example.com:8443/a//*', 'https://example.com:8443/a//*'],
    ['https://*.Example.com', 'https://*.example.com/'],
    ['https://*.example.com:443/a?b', 'https://*.example.com/a?b'],
    ['https://*.example.com:8443/a/*', 'https://*.example.com:8443/a/*'],
    ['https://[::1]/*', 'https://[::1]/*'],
  ])('%s is a pattern, compared as %s', (text, normalised) => {
    expect(outcome(text)).toBe(normalised)
    expect(isUrlPattern(parseMappingUrl(text))).toBe(true)
    expect(outcome(normalised)).toBe(normalised)
  })

  it.each([
    '*',
    'https://*',
    'https://*/',
    'https://*.',
    'https://**.example.com/',
    'https://*.*.example.com/',
    'https://a.*.example.com/',
    'https://a*.example.com/',
    'https://*example.com/',
    'https://example.*/',
    'https://example.com:*/',
    'https://example.com*',
    'https://example.com/a*',
    'https://example.com/*/b',
    'https://example.com/*/*',
    'https://example.com/**',
    'https://example.com/*?',
    'https://example.com/*?x=1',
    'https://*.[::1]/',
    'https://*.0.0.1/',
    'https://*.0x7f/',
    'https://*.example.com/../*',
    'https://*.user@example.com/',
    'https://*./a',
  ])('%s is not canonical', (text) => {
    expect(outcome(text)).toBe('TARGET_URL_NOT_CANONICAL')
  })

  it('says where a "*" may stand', () => {
    expect(() => parseMappingUrl('https://example.com/*/b')).toThrow('https://*.example.com/')
  })

  it('is https, and at most 2,048 bytes long', () => {
    expect(outcome('http://*.example.com/*')).toBe('TARGET_URL_NOT_HTTPS')
    const url = (length: number) => `${'https://example.com/'.padEnd(length - 2, 'a')}/*`
    expect(outcome(url(2_048))).toBe(url(2_048))
    expect(outcome(url(2_049))).toBe('LIMIT_EXCEEDED')
  })
})
