import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { bodyHashOf, type OAuth1Request, signOAuth1 } from '../src/sign-oauth1.ts'

const FIXED = { appKey: 'le123.k1', appSecret: 's&cret', nonce: '7d8f3e4a', timestamp: 137131201 }

function parametersOf(header: string): Map<string, string> {
  const pairs = [...header.matchAll(/(\w+)="([^"]*)"/g)]
  return new Map(pairs.map(([, name = '', value = '']) => [name, decodeURIComponent(value)]))
}

function signatureOf(request: Omit<OAuth1Request, keyof typeof FIXED>): string | undefined {
  return parametersOf(signOAuth1({ ...FIXED, ...request })).get('oauth_signature')
}

function hmac(hash: string, baseString: string): string {
  return createHmac(hash, 's%26cret&').update(baseString).digest('base64')
}

function baseString(method: string, encodedUrl: string, parameters: readonly string[]): string {
  return `${method}&${encodedUrl}&${encodeURIComponent(parameters.join('&'))}`
}

const CREDENTIALS = (hash = 'SHA1') => [
  'oauth_consumer_key=le123.k1',
  'oauth_nonce=7d8f3e4a',
  `oauth_signature_method=HMAC-${hash}`,
  'oauth_timestamp=137131201',
  'oauth_version=1.0',
]

describe('signOAuth1', () => {
  it('signs the example of RFC 5849 section 3.4.1, form body and repeated names included', () => {
    const signature = signatureOf({
      method: 'post',
      url: 'HTTP://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b#fragment',
      formBody: 'c2&a3=2+q',
    })
    const parameters = ['a2=r%20b', 'a3=2%20q', 'a3=a', 'b5=%3D%253D', 'c%40=', 'c2=', ...CREDENTIALS()]
    expect(signature).toBe(hmac('sha1', baseString('POST', 'http%3A%2F%2Fexample.com%2Frequest', parameters)))
  })

  it('keeps what oauth-1.0a alone would lose: equals signs, question marks and empty values', () => {
    const signature = signatureOf({
      method: 'GET',
      url: 'https://h:443?x=a=b&a=&a=1&q=1?2&constructor=1',
      hash: 'SHA256',
    })
    const parameters = ['a=', 'a=1', 'constructor=1', ...CREDENTIALS('SHA256'), 'q=1%3F2', 'x=a%3Db']
    expect(signature).toBe(hmac('sha256', baseString('GET', 'https%3A%2F%2Fh%2F', parameters)))
  })

  it('signs the query also beside a body hash, in the hash of the method', () => {
    const bodyHash = bodyHashOf('{}', 'SHA256')
    const request = { method: 'PUT', url: 'http://h:8080/a%2Fb?z=1', hash: 'SHA256', bodyHash } as const
    const digest = createHash('sha256').update('{}').digest('base64')
    const parameters = [`oauth_body_hash=${encodeURIComponent(digest)}`, ...CREDENTIALS('SHA256'), 'z=1']
    expect(signatureOf(request)).toBe(hmac('sha256', baseString('PUT', 'http%3A%2F%2Fh%3A8080%2Fa%252Fb', parameters)))
    expect(parametersOf(signOAuth1({ ...FIXED, ...request })).get('oauth_body_hash')).toBe(digest)
  })

  it.each([
    { formBody: Buffer.from('n\xe4me=%e4+%ZZ&a', 'latin1'), parameters: ['a=', 'b=%FF', 'n%E4me=%E4%20%25ZZ'] },
    { formBody: 'näme=%e4+%ZZ&a', parameters: ['a=', 'b=%FF', 'n%C3%A4me=%E4%20%25ZZ'] },
  ])('signs parameters byte by byte, UTF-8 or not: $parameters', ({ formBody, parameters }) => {
    const signature = signatureOf({ method: 'POST', url: 'https://bücher.example/ä?b=%FF', formBody })
    const url = encodeURIComponent('https://xn--bcher-kva.example/ä')
    expect(signature).toBe(hmac('sha1', baseString('POST', url, [...parameters, ...CREDENTIALS()].sort())))
  })

  it('takes a new nonce and the present second for each request, and keeps the secret out of the header', () => {
    const request = { method: 'GET', url: 'http://h/?oauth_like=1', appKey: 'k', appSecret: 'the-secret' }
    const headers = [signOAuth1(request), signOAuth1(request)]
    const [first, second] = headers.map(parametersOf)
    expect(first?.get('oauth_nonce')).not.toBe(second?.get('oauth_nonce'))
    expect(Math.abs(Number(first?.get('oauth_timestamp')) - Date.now() / 1000)).toBeLessThan(60)
    expect(first?.has('oauth_like')).toBe(false)
    expect(headers.join()).not.toContain('the-secret')
  })

  it('refuses what it would sign wrongly', () => {
    expect(() => signatureOf({ method: 'GET', url: 'http://h/?__proto__=1' })).toThrow('__proto__')
    expect(() => signatureOf({ method: 'GET', url: '/relative' })).toThrow('absolute')
  })
})
