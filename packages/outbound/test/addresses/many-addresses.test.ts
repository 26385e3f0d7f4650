import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { freePort, type NameServer, startNameServer } from '@mtls-gateway/test-kit'
import { AddressLookup, TargetGuard } from '../../src/index.ts'
import { acme, failureOf, get, knownAddresses, localGuard, openUpstreamPools } from '../support/outbound-fixture.ts'

/** As many as one answer holds. */
const most = 4_090
const inNetwork = (first: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${first}.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
const six = (count: number) => Array.from({ length: count }, (_, n) => `2001:4860::${(n + 1).toString(16)}`)
const closed = new TargetGuard({ allowCidrs: [], ports: 'any' })

const answers: Readonly<Record<string, readonly string[]>> = {
  'private.example': inNetwork('10', most),
  'public.example': inNetwork('9', most),
  'both.example': [...inNetwork('9', 40), ...six(40)],
  'mostly-six.example': [...inNetwork('9', 3), ...six(40)],
  'mostly-four.example': [...inNetwork('9', 40), ...six(2)],
  'mixed.example': ['10.0.0.1', '9.0.0.1', '127.0.0.1', 'fd00::1', '2001:4860::1'].flatMap((each) =>
    Array<string>(4).fill(each),
  ),
  'small.example': ['9.0.0.1'],
  'large.example': inNetwork('9', 1_500),
}

let nameServer: NameServer
beforeAll(async () => {
  nameServer = await startNameServer((name) => ({ addresses: answers[name] ?? ['9.0.0.1'], ttl: 300 }))
})
afterAll(() => nameServer.close())

const openLookup = (guard = closed, places?: Bulkhead) =>
  new AddressLookup({ guard, nameServers: [nameServer.address], places })

function addressesOf(lookup: AddressLookup, name: string, owner = 'acme'): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    lookup.of(owner)(name, { all: true }, (error, found) => {
      if (error !== null) reject(error)
      else resolve(Array.isArray(found) ? found.map(({ address }) => address) : [found])
    })
  })
}

const countFamilies = (addresses: readonly string[]) => {
  const ofSix = addresses.filter((address) => address.includes(':')).length
  return { four: addresses.length - ofSix, six: ofSix }
}

describe('a name with very many addresses', () => {
  it('ends with a refusal, not with the process, where all of them are private', async () => {
    const upstreams = openUpstreamPools({ guard: closed, addresses: openLookup() })
    // The second time it is kept that they are refused.
    for (let n = 0; n < 2; n++) {
      const failure = await failureOf(upstreams, { accountId: acme }, 'https://private.example')
      expect(failure).toMatchObject({ code: 'TARGET_ADDRESS_REFUSED', phase: 'connect' })
      expect(failure.message).toContain('TARGET_ALLOW_CIDRS')
    }
    await upstreams.destroy()
  })

  it('is refused whatever it is that looks names up', async () => {
    const addresses = knownAddresses(inNetwork('10', most))
    const upstreams = openUpstreamPools({ guard: closed, addresses })
    const failure = await failureOf(upstreams, { accountId: acme }, 'https://private.example')
    expect(failure).toMatchObject({ code: 'TARGET_ADDRESS_REFUSED', phase: 'connect' })
    await upstreams.destroy()
  })

  it('has few of them tried', async () => {
    const port = await freePort()
    const addresses = knownAddresses(inNetwork('127', most))
    const upstreams = openUpstreamPools({ guard: localGuard, addresses })
    const failure = await get(upstreams.acquire({ accountId: acme }, `https://many.example:${port}`)).catch(
      (error) => error,
    )
    expect(failure.errors).toHaveLength(16)
    await upstreams.destroy()
  })

  it('has few of them kept', async () => {
    const families = async (name: string) => countFamilies(await addressesOf(openLookup(), name))
    expect(await families('public.example')).toEqual({ four: 16, six: 0 })
    expect(await families('both.example')).toEqual({ four: 16, six: 0 })
    expect(await families('mostly-six.example')).toEqual({ four: 3, six: 13 })
    expect(await families('mostly-four.example')).toEqual({ four: 16, six: 0 })
  })

  it('has those kept alone that may be connected to', async () => {
    expect(new Set(await addressesOf(openLookup(), 'mixed.example'))).toEqual(new Set(['9.0.0.1', '2001:4860::1']))
    expect(new Set(await addressesOf(openLookup(localGuard), 'mixed.example'))).toContain('127.0.0.1')
  })

  it('keeps the place of its look-up for longer; other accounts have theirs, and names that are known stay', async () => {
    const places = new Bulkhead('look-ups', { total: 3, share: 1, reserve: 1 })
    const lookup = openLookup(closed, places)
    await addressesOf(lookup, 'small.example')
    await addressesOf(lookup, 'large.example')
    expect(places.state()).toMatchObject({ inUse: 1 })
    for (const name of ['other.example', ...Array.from({ length: 256 }, (_, n) => `refused-${n}.example`)]) {
      await expect(addressesOf(lookup, name)).rejects.toMatchObject({ code: 'TOO_MANY_CALLS' })
    }
    await expect(addressesOf(lookup, 'small.example')).resolves.toEqual(['9.0.0.1'])
    await expect(addressesOf(lookup, 'large.example')).resolves.toHaveLength(16)
    await expect(addressesOf(lookup, 'other.example', 'globex')).resolves.toEqual(['9.0.0.1'])
    expect(nameServer.asked.filter((name) => name === 'other.example')).toHaveLength(1)
  })
})
