import { describe, expect, it } from '@jest/globals'
import { clientAddress, TrustedProxies } from '../../src/index.ts'
import { rateKey } from '../../src/throttling/client-address.ts'
import { noProxies, proxiesAt, withSecretFile } from '../support/proxies.ts'

const from = (remoteAddress: string, forwarded?: string, headers: Record<string, string> = {}) => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? headers : { ...headers, 'x-forwarded-for': forwarded },
})

describe('the address of a caller', () => {
  it('is that of the connection, whatever the caller says of itself', () => {
    expect(clientAddress(from('192.0.2.1', '198.51.100.7'), noProxies)).toBe('192.0.2.1')
    expect(clientAddress(from('192.0.2.1', '198.51.100.7'), proxiesAt('192.0.2.2', '10.0.0.0/8'))).toBe('192.0.2.1')
  })

  it.each([
    ['10.0.0.5', '198.51.100.7', '198.51.100.7'],
    ['10.0.0.5', '203.0.113.9, 198.51.100.7', '198.51.100.7'],
    ['10.0.0.5', '203.0.113.9, 198.51.100.7, 10.0.9.9', '198.51.100.7'],
    ['10.0.0.5', '203.0.113.9,198.51.100.7,fd00:5::1,10.0.9.9', '198.51.100.7'],
    ['10.0.0.5', '10.0.0.1, 198.51.100.7, 10.0.9.9', '198.51.100.7'],
    ['10.0.0.5', '10.0.9.8, 10.0.9.9', '10.0.9.8'],
    ['10.0.0.5', undefined, '10.0.0.5'],
    ['10.0.0.5', '', '10.0.0.5'],
    ['10.0.0.5', ',', '10.0.0.5'],
    ['10.0.0.5', '198.51.100.7,', '10.0.0.5'],
    ['10.0.0.5', 'unknown', '10.0.0.5'],
    ['10.0.0.5', 'unknown, 198.51.100.7', '198.51.100.7'],
    ['10.0.0.5', '198.51.100.7, unknown', '10.0.0.5'],
    ['10.0.0.5', '198.51.100.7, unknown, 10.0.9.9', '10.0.9.9'],
    ['10.0.0.5', '198.51.100.7:4711', '198.51.100.7'],
    ['10.0.0.5', '198.51.100.7, 10.0.9.9:4711', '198.51.100.7'],
    ['10.0.0.5', '[2001:DB8::1]:4711', '2001:db8::1'],
    ['10.0.0.5', '198.51.100.7, [FD00:5::1]:4711', '198.51.100.7'],
    ['10.0.0.5', '[fd00:5::1', '10.0.0.5'],
    ['10.0.0.5', '::ffff:198.51.100.7', '198.51.100.7'],
    ['10.0.0.5', '::ffff:c633:6407, ::ffff:10.0.9.9', '198.51.100.7'],
    ['::ffff:10.0.0.5', '198.51.100.7', '198.51.100.7'],
    ['fd00:5::1', '198.51.100.7', '198.51.100.7'],
    ['fd00:6::1', '198.51.100.7', 'fd00:6::1'],
  ])('behind the proxy %s that says %j is the first that is no proxy, from the right', (peer, forwarded, expected) => {
    expect(clientAddress(from(peer, forwarded), proxiesAt('10.0.0.5', '10.0.9.0/24', 'fd00:5::/32'))).toBe(expected)
  })

  it('is not looked for in a chain without end', () => {
    const entries = Array.from({ length: 1_000 }, (_, index) => `10.${index >> 8}.${index % 256}.1`)
    expect(clientAddress(from('10.0.0.5', entries.join(', ')), proxiesAt('10.0.0.0/8'))).toBe('10.3.216.1')
  })

  it('is an IPv4 address where the server listens on IPv6', () => {
    expect(clientAddress(from('::ffff:192.0.2.1'), noProxies)).toBe('192.0.2.1')
  })

  it('is not told by a connection that is gone', () => {
    expect(clientAddress({ socket: {}, headers: { 'x-forwarded-for': '192.0.2.1' } }, proxiesAt('10.0.0.5'))).toBe(
      'unknown',
    )
  })
})

describe('a proxy without a fixed address', () => {
  const [secret, next, other] = ['a', 'b', 'c'].map((letter) => letter.repeat(44))
  const addressBehind = (lines: readonly string[], secretSent: string | undefined) =>
    withSecretFile(lines, (trustedProxySecretFile) => {
      const headers = secretSent === undefined ? {} : { 'x-proxy-secret': secretSent }
      const proxies = new TrustedProxies({ trustedProxies: ['10.0.0.5'], trustedProxySecretFile })
      return clientAddress(from('192.0.2.1', '203.0.113.9, 198.51.100.7, 10.0.0.5', headers), proxies)
    })

  it('is known by the secret, or by any of those in the file', async () => {
    expect(await addressBehind([`${secret}`], secret)).toBe('198.51.100.7')
    for (const sent of [secret, next]) {
      expect(await addressBehind([`${secret}\r`, '', `${next}`, ''], sent)).toBe('198.51.100.7')
    }
  })

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a wrong one', other],
    ['the beginning of it', secret?.slice(1)],
    ['more than it', `${secret}a`],
    ['it twice', `${secret}, ${secret}`],
    ['it behind that of a caller', `${other}, ${secret}`],
  ])('is not one that sends %s', async (_, sent) => {
    expect(await addressBehind([`${secret}`, `${next}`], sent)).toBe('192.0.2.1')
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
