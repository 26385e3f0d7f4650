import { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { signedBaseUrls } from '@mtls-gateway/request-auth'
import { requestAddressOf, type TrustedProxies } from '../../src/index.ts'
import { noProxies, proxiesAt } from '../support/proxies.ts'

const headers = { host: 'inner:8080', 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'gateway.example, inner' }
const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: '10.0.0.5' })
const request = { headers, socket }
const baseUrls = (publicBaseUrls: readonly string[], proxies: TrustedProxies) =>
  signedBaseUrls(requestAddressOf({ publicBaseUrls }, proxies)(request))

describe('the address that a caller signed', () => {
  it('is that of the Host header, whatever X-Forwarded-* say', () => {
    expect(baseUrls([], noProxies)).toEqual(['http://inner:8080'])
  })

  it('is what the outermost of trusted proxies saw', () => {
    expect(baseUrls([], proxiesAt('10.0.0.5'))).toEqual(['https://gateway.example'])
  })

  it('is that of the Host header where somebody who is no proxy says otherwise', () => {
    expect(baseUrls([], proxiesAt('10.0.0.6'))).toEqual(['http://inner:8080'])
  })

  it('is any of the configured ones, and then nothing else', () => {
    expect(baseUrls(['https://a.example', 'https://b.example:8443'], proxiesAt('10.0.0.5'))).toEqual([
      'https://a.example',
      'https://b.example:8443',
    ])
  })
})
