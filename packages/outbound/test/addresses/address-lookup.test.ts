import type { LookupAddress } from 'node:dns'
import { rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type NameServer, startNameServer } from '@mtls-gateway/test-kit'
import type { AddressLookupOptions } from '../../src/addresses/address-lookup.ts'
import { AddressLookup, TargetGuard } from '../../src/index.ts'

describe('the look-up of addresses', () => {
  let nameServer: NameServer
  const hostsFile = join(tmpdir(), `hosts-${process.pid}`)

  beforeAll(() =>
    writeFile(
      hostsFile,
      '# local\n127.0.0.9  listed.example Alias.example # one\n::1 listed.example\nfe80::1%lo0 zoned\n',
    ),
  )
  afterAll(() => rm(hostsFile))
  beforeEach(async () => {
    nameServer = await startNameServer((name) => {
      if (name === 'absent.example') return { rcode: 3 }
      if (name === 'empty.example') return { rcode: 0 }
      if (name === 'broken.example') return { rcode: 2 }
      if (name.startsWith('silent')) return 'silence'
      return { addresses: ['192.0.2.1', '192.0.2.2'], ttl: name === 'brief.example' ? 0 : 300 }
    })
  })
  afterEach(() => nameServer.close())

  const guard = new TargetGuard({ allowCidrs: ['192.0.2.0/24', '127.0.0.0/8', '::1'], ports: 'any' })

  const open = (options: Partial<AddressLookupOptions> = {}) =>
    new AddressLookup({ guard, nameServers: [nameServer.address], hostsFile, ...options })

  const addressesOf = (lookup: AddressLookup, name: string, owner = 'acme') =>
    new Promise<string[]>((resolve, reject) => {
      lookup.of(owner)(name, { all: true }, (error, addresses) => {
        // With `all` it is a list.
        if (error === null) resolve((addresses as LookupAddress[]).map(({ address }) => address))
        else reject(error)
      })
    })

  it('answers all addresses of a name', async () => {
    await expect(addressesOf(open(), 'target.example')).resolves.toEqual(['192.0.2.1', '192.0.2.2'])
  })

  it('answers one address with its family where one is asked for', async () => {
    const answer = new Promise((resolve) => {
      open().of('acme')('target.example', {}, (_error, address, family) => resolve([address, family]))
    })
    await expect(answer).resolves.toEqual(['192.0.2.1', 4])
  })

  it('asks the hosts file first, without regard to case or a dot at the end', async () => {
    const lookup = open()
    await expect(addressesOf(lookup, 'listed.example')).resolves.toEqual(['127.0.0.9', '::1'])
    await expect(addressesOf(lookup, 'ALIAS.example.')).resolves.toEqual(['127.0.0.9'])
    expect(nameServer.asked).toEqual([])
  })

  it('does without a hosts file', async () => {
    const lookup = open({ hostsFile: join(tmpdir(), 'there-is-none') })
    await expect(addressesOf(lookup, 'target.example')).resolves.toHaveLength(2)
  })

  it('asks once for many calls at once, and keeps the answer, also that a name is absent', async () => {
    const lookup = open()
    await Promise.all(Array.from({ length: 50 }, () => addressesOf(lookup, 'target.example')))
    await addressesOf(lookup, 'Target.Example')
    await expect(addressesOf(lookup, 'absent.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(addressesOf(lookup, 'absent.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    expect(nameServer.asked).toEqual(['target.example', 'absent.example'])
  })

  it('keeps 256 names of an account, the ones last asked for', async () => {
    const lookup = open()
    await addressesOf(lookup, 'other.example', 'globex')
    for (const name of ['a.example', 'b.example', 'a.example']) await addressesOf(lookup, name)
    for (let n = 0; n < 255; n++) await addressesOf(lookup, `${n}.example`)
    const before = nameServer.asked.length
    for (const name of ['a.example', 'b.example']) await addressesOf(lookup, name)
    await addressesOf(lookup, 'other.example', 'globex')
    expect(nameServer.asked.slice(before)).toEqual(['b.example'])
  })

  it('keeps 20,000 names of all accounts, of those that asked last', async () => {
    const names = Array.from({ length: 200 }, (_, n) => `${n}.listed.example`)
    const manyNames = join(tmpdir(), `many-names-${process.pid}`)
    await writeFile(manyNames, `127.0.0.9 ${names.join(' ')}`)
    const lookup = open({ hostsFile: manyNames })
    await rm(manyNames)
    for (const owner of ['acme', 'globex', 'acme']) await addressesOf(lookup, 'a.example', owner)
    for (let n = 0; n < 100; n++) {
      if (n === 99) await addressesOf(lookup, 'a.example')
      for (const name of n === 99 ? names.slice(1) : names) await addressesOf(lookup, name, `account-${n}`)
    }
    expect(nameServer.asked).toHaveLength(2)
    await addressesOf(lookup, 'a.example')
    expect(nameServer.asked).toHaveLength(2)
    await addressesOf(lookup, 'a.example', 'globex')
    expect(nameServer.asked).toHaveLength(3)
  })

  it('tells a name without addresses from name servers that fail', async () => {
    const lookup = open()
    await expect(addressesOf(lookup, 'empty.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(addressesOf(lookup, 'broken.example')).rejects.toMatchObject({ code: 'EAI_AGAIN' })
    await expect(addressesOf(lookup, `${'long'.repeat(20)}.example`)).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  it('is not held up by names whose servers never answer, nor holds up the thread pool', async () => {
    const lookup = open({ timeoutMs: 250 })
    const silent = Array.from({ length: 15 }, (_, index) =>
      addressesOf(lookup, `silent${index}.example`).catch(({ code }) => ({ code, at: performance.now() })),
    )
    await expect(addressesOf(lookup, 'target.example')).resolves.toHaveLength(2)
    await utimes(hostsFile, 1, 1) // the thread pool answers, too
    const answeredAt = performance.now()
    for (const failure of await Promise.all(silent)) {
      expect(failure).toMatchObject({ code: 'EAI_AGAIN' })
      expect('at' in failure && failure.at).toBeGreaterThan(answeredAt)
    }
  })

  it('ends at its deadline, with the addresses of one family if the other did not come', async () => {
    let tries = 0
    const half = await startNameServer((_name, family) => {
      if (family === 4) return { addresses: ['192.0.2.1'], ttl: 300 }
      tries += 1
      return 'silence'
    })
    const lookup = open({ nameServers: [half.address], timeoutMs: 2_000, deadlineMs: 1_000 })
    await expect(addressesOf(lookup, 'target.example')).resolves.toEqual(['192.0.2.1'])
    half.close()
    // c-ares had not given up.
    expect(tries).toBeLessThan(3)
  })

  it('lets an account wait for its own look-ups alone', async () => {
    const lookup = open({ timeoutMs: 250 })
    let ended = 0
    const silent = Array.from({ length: 200 }, (_, index) =>
      addressesOf(lookup, `silent${index}.example`).catch(() => {
        ended += 1
      }),
    )
    let own: unknown
    const waiting = addressesOf(lookup, 'target.example').then((addresses) => {
      own = addresses
    })
    await expect(addressesOf(lookup, 'target.example', 'globex')).resolves.toHaveLength(2)
    expect({ own, ended }).toEqual({ own: undefined, ended: 0 })
    await Promise.allSettled([...silent, waiting])
  })
})
