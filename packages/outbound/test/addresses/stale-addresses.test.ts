import type { LookupAddress } from 'node:dns'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type NameAnswer, type NameServer, startNameServer } from '@mtls-gateway/test-kit'
import type { AddressLookupOptions } from '../../src/addresses/address-lookup.ts'
import { AddressLookup, type StaleAddresses, TargetGuard } from '../../src/index.ts'
import { ManualClock } from '../support/manual-clock.ts'

const name = 'target.example'
const good: NameAnswer = { addresses: ['192.0.2.1'], ttl: 0 }

let nameServer: NameServer
let answer: NameAnswer
let uses: StaleAddresses[]
let clock: ManualClock
beforeEach(async () => {
  answer = good
  uses = []
  clock = new ManualClock()
  nameServer = await startNameServer(() => answer)
})
afterEach(() => {
  clock.close()
  nameServer.close()
})

function open(options: Partial<AddressLookupOptions> = {}) {
  return new AddressLookup({
    guard: new TargetGuard({ allowCidrs: ['192.0.2.0/24'], ports: 'any' }),
    nameServers: [nameServer.address],
    staleMs: 60_000,
    onStale: (use) => uses.push(use),
    ...options,
  })
}

function addressesOf(lookup: AddressLookup): Promise<string[]> {
  return new Promise((resolve, reject) => {
    lookup.of('acme')(name, { all: true }, (error, addresses) => {
      // With `all` it is a list.
      if (error === null) resolve((addresses as LookupAddress[]).map(({ address }) => address))
      else reject(error)
    })
  })
}

/** The name has been looked up, and what is known of it has expired. */
async function expired(lookup: AddressLookup): Promise<void> {
  await expect(addressesOf(lookup)).resolves.toEqual(['192.0.2.1'])
  clock.pass(1_001)
}

describe('a name that was found before', () => {
  it('keeps its last address while name servers fail, and gets the next one when they are back', async () => {
    const lookup = open()
    await expired(lookup)
    answer = { rcode: 2 }
    await expect(addressesOf(lookup)).resolves.toEqual(['192.0.2.1'])
    expect(uses).toEqual([
      { owner: 'acme', name, ageMs: expect.any(Number), error: expect.objectContaining({ code: 'EAI_AGAIN' }) },
    ])
    answer = { addresses: ['192.0.2.2'], ttl: 300 }
    for (let found = ['192.0.2.1']; found[0] !== '192.0.2.2'; found = await addressesOf(lookup)) clock.pass(2_001)
  })

  it('keeps it while name servers do not answer, and no further call waits for them', async () => {
    const lookup = open({ timeoutMs: 30_000, deadlineMs: 30_000 })
    await expired(lookup)
    answer = 'silence'
    await expect(addressesOf(lookup)).resolves.toEqual(['192.0.2.1'])
    expect(uses).toMatchObject([{ name, error: undefined }])
    const asked = nameServer.asked.length
    for (let n = 0; n < 5; n++) {
      clock.pass(2_001)
      await expect(addressesOf(lookup)).resolves.toEqual(['192.0.2.1'])
    }
    expect(nameServer.asked).toHaveLength(asked)
  })

  it.each([
    ['it is absent now', { rcode: 3 }, 'ENOTFOUND'],
    ['it has an address now that is refused', { addresses: ['10.0.0.1'], ttl: 0 }, 'TARGET_ADDRESS_REFUSED'],
  ] as const)('does not keep it if %s', async (_now, now, code) => {
    const lookup = open()
    await expired(lookup)
    answer = now
    await expect(addressesOf(lookup)).rejects.toMatchObject({ code })
    expect(uses).toEqual([])
  })

  it.each([0, 1_000])('does not keep it for longer than the bound: %d ms', async (staleMs) => {
    const lookup = open({ staleMs })
    await expired(lookup)
    answer = { rcode: 2 }
    await expect(addressesOf(lookup)).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  })
})
