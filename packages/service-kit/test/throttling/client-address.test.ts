import { describe, expect, it } from '@jest/globals'
import { clientAddress, clientAddressOf } from '../../src/index.ts'
import { rateKey } from '../../src/throttling/client-address.ts'

const from = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
})

describe('the address of a caller', () => {
  it('is that of the connection, whatever the caller says of itself', () => {
    expect(clientAddress(from('192.0.2.1', '198.51.100.7'), 0)).toBe('192.0.2.1')
  })

  it.each([
    [1, '203.0.113.9, 198.51.100.7', '198.51.100.7'],
    [2, '203.0.113.9, 198.51.100.7', '203.0.113.9'],
    [2, 'spoofed, 203.0.113.9, 198.51.100.7', '203.0.113.9'],
    [3, '203.0.113.9, 198.51.100.7', '203.0.113.9'],
    [1, undefined, '192.0.2.1'],
    [1, 'unknown', '192.0.2.1'],
    [2, 'unknown, 198.51.100.7', '198.51.100.7'],
    [1, '198.51.100.7:4711', '198.51.100.7'],
    [1, '[2001:DB8::1]:4711', '2001:db8::1'],
    [1, '::ffff:198.51.100.7', '198.51.100.7'],
    [1, '::ffff:c633:6407', '198.51.100.7'],
    [1, '', '192.0.2.1'],
  ])('behind %i trusted proxies that say %j is told by them from the right', (proxies, forwarded, expected) => {
    expect(clientAddress(from('192.0.2.1', forwarded), proxies)).toBe(expected)
    expect(clientAddressOf({ trustedProxies: proxies })(from('192.0.2.1', forwarded))).toBe(expected)
  })

  it('is an IPv4 address where the server listens on IPv6', () => {
    expect(clientAddress(from('::ffff:192.0.2.1'), 0)).toBe('192.0.2.1')
  })
})

describe('what is counted together', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2ff:3:4:5:6', '2001:db8:1:0200::/56'],
    ['2001:db8:1:201::1', '2001:db8:1:0200::/56'],
    ['2001:db8:1:a301::1', '2001:db8:1:a300::/56'],
    ['2001:db8:1:2::1', '2001:db8:1:0000::/56'],
    ['2001:db8::1', '2001:db8:0:0000::/56'],
    ['::1', '0:0:0:0000::/56'],
    ['2001:db8:1::5:6', '2001:db8:1:0000::/56'],
    ['unknown', 'unknown'],
  ])('for %s is %s', (address, key) => {
    expect(rateKey(address)).toBe(key)
  })
})
