import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { BaseStringStarts, signatureBaseString } from '../src/oauth1/base-string.ts'

const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'get'),
  baseUrl: fc.constantFrom('https://a.example', 'https://b.example:8443/prefix'),
  path: fc.constantFrom('/', '/mtls/account/a', '/mtls/account/b', `/${'x'.repeat(300)}`),
})

describe('the start of a base string', () => {
  it('is that of the request, whatever came before it', () => {
    fc.assert(
      fc.property(fc.array(request), (requests) => {
        const starts = new BaseStringStarts()
        for (const { method, baseUrl, path } of requests) {
          expect(starts.of(method, baseUrl, path)).toBe(signatureBaseString(method, baseUrl + path, ''))
        }
      }),
    )
  })

  it('is right for more paths than are held', () => {
    const starts = new BaseStringStarts()
    const paths = Array.from({ length: 10_000 }, (_, n) => `/p/${n}`)
    for (const path of [...paths, ...paths]) {
      expect(starts.of('GET', 'https://a.example', path)).toBe(
        `GET&https%3A%2F%2Fa.example${path.replaceAll('/', '%2F')}&`,
      )
    }
  })
})
