import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { type NameServer, startNameServer } from '@mtls-gateway/test-kit'
import { AddressLookup, lookUpLimits, TargetAccessCheck, TargetGuard } from '../../src/index.ts'

describe('what the target guard says before a call', () => {
  let nameServer: NameServer

  beforeAll(async () => {
    nameServer = await startNameServer((name) => {
      if (name === 'absent.example') return { rcode: 3 }
      if (name === 'broken.example') return { rcode: 2 }
      if (name.startsWith('silent')) return 'silence'
      if (name === 'inner.example') return { addresses: ['10.1.2.3', '192.168.7.7'], ttl: 300 }
      if (name === 'mixed.example') return { addresses: ['10.1.2.3', '8.8.8.8'], ttl: 300 }
      return { addresses: ['8.8.8.8'], ttl: 300 }
    })
  })
  afterAll(() => nameServer.close())

  const guard = new TargetGuard({ allowCidrs: ['10.9.0.0/16'], ports: [443, 8443] })
  const hostsFile = join(tmpdir(), 'there-is-none')
  const lookUp = (places?: Bulkhead) =>
    new AddressLookup({ guard, nameServers: [nameServer.address], hostsFile, places })
  const open = (timeLimitMs = 30_000, addresses = lookUp()) => new TargetAccessCheck({ guard, addresses, timeLimitMs })

  /** Who waits for a second, and who waits for longer, though not until a silent look-up has given its place back. */
  const both = (places: Bulkhead) => {
    const addresses = lookUp(places)
    return { hasty: open(1_000, addresses), patient: open(4_000, addresses) }
  }

  const judged = async (url: string, mayLookUp = true) => {
    const { verdict, code } = await open().of('acme', url, mayLookUp)
    return code === undefined ? verdict : `${verdict} ${code}`
  }

  it.each([
    ['https://bank.example/token', 'allowed'],
    ['https://bank.example:8443/', 'allowed'],
    ['https://mixed.example/', 'allowed'],
    ['https://inner.example/', 'refused TARGET_ADDRESS_REFUSED'],
    ['https://bank.example:444/', 'refused TARGET_PORT_REFUSED'],
    ['https://absent.example/', 'unknown ENOTFOUND'],
    ['https://broken.example/', 'unknown EAI_AGAIN'],
  ])('judges a name by its port and its addresses: %s is %s', async (url, expected) => {
    expect(await judged(url)).toBe(expected)
  })

  it.each([
    ['https://8.8.8.8/', 'allowed'],
    ['https://[2606:4700::1111]/', 'allowed'],
    ['https://10.9.0.1/', 'allowed'],
    ['https://10.8.0.1/', 'refused TARGET_ADDRESS_REFUSED'],
    ['https://[::1]/', 'refused TARGET_ADDRESS_REFUSED'],
    ['https://[::ffff:a00:1]/', 'refused TARGET_ADDRESS_REFUSED'],
    ['https://8.8.8.8:22/', 'refused TARGET_PORT_REFUSED'],
  ])('judges an address without a look-up: %s is %s', async (url, expected) => {
    expect(await judged(url, false)).toBe(expected)
  })

  it('asks nobody for a name that it may not look up', async () => {
    expect(await judged('https://secret.example/', false)).toBe('unknown')
    expect(await judged('https://secret.example:22/', false)).toBe('refused TARGET_PORT_REFUSED')
    expect(nameServer.asked).not.toContain('secret.example')
  })

  it('names no address that a name has', async () => {
    const { explanation } = await open().of('acme', 'https://inner.example/', true)
    expect(explanation).toContain('inner.example:443')
    expect(explanation).not.toMatch(/10\.1|192\.168/)
  })

  it('does not know of a name whose name servers are silent, and waits no longer than it is told to', async () => {
    const access = await open(50).of('acme', 'https://silent.example/', true)
    expect(access).toMatchObject({ verdict: 'unknown', code: 'TIMEOUT' })
  })

  it('takes a share of the look-ups for each account, so that one keeps no other waiting', async () => {
    const { hasty, patient } = both(new Bulkhead('look-ups', { ...lookUpLimits, total: 2, share: 1, reserve: 1 }))
    const silent = hasty.of('acme', 'https://silent1.example/', true)
    const behindIt = hasty.of('acme', 'https://bank.example/', true)
    expect(await patient.of('globex', 'https://bank.example/', true)).toMatchObject({ verdict: 'allowed' })
    expect(await silent).toMatchObject({ verdict: 'unknown', code: 'TIMEOUT' })
    expect(await behindIt).toMatchObject({ verdict: 'unknown', code: 'TIMEOUT' })
  })

  it('does not know of a name where the account has no place left to wait in', async () => {
    const { hasty, patient } = both(new Bulkhead('look-ups', { total: 2, share: 1, reserve: 1 }))
    const silent = hasty.of('acme', 'https://silent2.example/', true)
    const refused = await patient.of('acme', 'https://bank.example/', true)
    expect(refused).toMatchObject({ verdict: 'unknown', code: 'TOO_MANY_CALLS' })
    await silent
  })
})
