import { describe, expect, it } from '@jest/globals'
import { TargetAddressRules } from '../../src/addresses/target-guard.ts'

describe('the address rules without an allow list', () => {
  const rules = new TargetAddressRules([])

  it.each([
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.255.0.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['a metadata service in carrier-grade NAT', '100.100.100.200'],
    ['loopback', '127.0.0.1'],
    ['loopback, not the first', '127.8.8.8'],
    ['a metadata service on a public address', '168.63.129.16'],
    ['metadata', '169.254.169.254'],
    ['private', '172.31.255.255'],
    ['protocol assignments', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['6to4 relay', '192.88.99.1'],
    ['private', '192.168.0.1'],
    ['benchmarking', '198.19.0.1'],
    ['documentation', '198.51.100.7'],
    ['documentation', '203.0.113.7'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped loopback in hex', '::ffff:7f00:1'],
    ['IPv4-mapped metadata', '::ffff:169.254.169.254'],
    ['IPv4-mapped public', '::ffff:8.8.8.8'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['discard', '100::1'],
    ['Teredo', '2001:0:1::1'],
    ['benchmarking', '2001:2::1'],
    ['documentation', '2001:db8::1'],
    ['6to4', '2002:7f00:1::1'],
    ['documentation', '3fff::1'],
    ['unique local', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['no address', 'localhost'],
  ])('refuse %s (%s)', (_kind, address) => {
    expect(rules.check(address)).toBe(true)
  })

  it.each(['8.8.8.8', '1.1.1.1', '100.63.255.255', '172.15.0.1', '172.32.0.1', '223.255.255.255'])(
    'let %s through',
    (a) => {
      expect(rules.check(a)).toBe(false)
    },
  )

  it.each(['2606:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2003::1'])('let %s through', (address) => {
    expect(rules.check(address)).toBe(false)
  })
})

describe('the allow list', () => {
  it('wins over the rules, for the addresses that it holds and no others', () => {
    const rules = new TargetAddressRules(['10.1.0.0/16', '127.0.0.1', 'fd00::/8'])
    expect(['10.1.2.3', '127.0.0.1', 'fd12::1'].map((address) => rules.check(address))).toEqual([false, false, false])
    expect(['10.2.0.1', '127.0.0.2', 'fe80::1'].map((address) => rules.check(address))).toEqual([true, true, true])
  })

  it('lets an allowed IPv4 address through in its mapped form', () => {
    const rules = new TargetAddressRules(['127.0.0.1'])
    expect(rules.check('::ffff:127.0.0.1')).toBe(false)
    expect(rules.check('::ffff:127.0.0.2')).toBe(true)
  })

  it('does not open IPv4 by an entry for IPv6', () => {
    const rules = new TargetAddressRules(['::/0'])
    expect(rules.check('::1')).toBe(false)
    expect(rules.check('127.0.0.1')).toBe(true)
  })

  it.each(['10.0.0.0/33', '::/129', 'localhost', '10.0.0.0/', '10.0.0/8', '', 'fe80::%1/10'])(
    'refuses "%s"',
    (cidr) => {
      expect(() => new TargetAddressRules([cidr])).toThrow('is not a CIDR')
    },
  )
})
