import { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { signedBaseUrls } from '@mtls-gateway/request-auth'
import { requestAddressOf } from '../../src/index.ts'

const headers = { host: 'inner:8080', 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'gateway.example, inner' }
const request = { headers, socket: new Socket() }
const baseUrls = (publicBaseUrls: readonly string[], trustedProxies: number) =>
  signedBaseUrls(requestAddressOf({ publicBaseUrls, trustedProxies })(request))

describe('the address that a caller signed', () => {
  it('is that of the Host header, whatever X-Forwarded-* say', () => {
    expect(baseUrls([], 0)).toEqual(['http://inner:8080'])
  })

  it('is what the outermost of trusted proxies saw', () => {
    expect(baseUrls([], 1)).toEqual(['https://gateway.example'])
  })

  it('is any of the configured ones, and then nothing else', () => {
    expect(baseUrls(['https://a.example', 'https://b.example:8443'], 1)).toEqual([
      'https://a.example',
      'https://b.example:8443',
    ])
  })
})
