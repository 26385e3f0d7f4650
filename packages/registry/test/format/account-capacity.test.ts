import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { type Account, maxAppKeys, maxHandovers, maxInvitations } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { encodeAccount, readAccount } from '../../src/format/account-codec.ts'
import {
  accountId,
  largeAccount,
  sampleAppKey,
  sampleChange,
  sampleHandover,
  sampleInvitation,
  sampleMapping,
  withPrevious,
} from '../sample-account.ts'
import { decodeAccount } from '../writer-fixture.ts'

const slices = new TimeSlices()
const full = { code: 'ACCOUNT_FULL' }

async function storedBytes(account: Account, shrinks = false): Promise<number> {
  return JSON.stringify(await encodeAccount(account, slices, { shrinks })).length
}

describe('the capacity of an account', () => {
  it('holds 1,000 certificates, each of them with what it was before, and 10,000 mappings with urls of 80 characters', async () => {
    const large = largeAccount()
    const account = { ...large, certificates: large.certificates.map(withPrevious) }
    expect(account.mappings).toHaveLength(10_000)
    expect(account.mappings.every(({ url }) => url.length === 80)).toBe(true)
    const value = await encodeAccount(account, slices)
    expect(JSON.stringify(value).length).toBeLessThan(900 * 1024)
    expect(isDeepStrictEqual(await decodeAccount(value, accountId, slices), account)).toBe(true)
  })

  it('holds the same 7,000 urls for each of four services, one block a list, and goes on so', async () => {
    const { mappings, ...rest } = largeAccount({ certificates: 10, mappings: 7_000 })
    const ofServices = ['1', '2', '3', '4'].flatMap((serviceId) =>
      mappings.map(({ url }, n) => sampleMapping({ name: `${serviceId}-${n}`, serviceId, url })),
    )
    const account = { ...rest, mappings: ofServices }
    const value = await encodeAccount(account, slices)
    expect(JSON.stringify(value).length).toBeLessThan(900 * 1024)
    const { account: read, blocks } = await readAccount(value, accountId, slices)
    expect(isDeepStrictEqual(read, account)).toBe(true)
    expect(blocks?.salt).toBeUndefined()
    expect(blocks?.lists.mappings).toHaveLength(1)

    const fewer = { ...account, mappings: ofServices.slice(0, 20_000) }
    const next = await readAccount(await encodeAccount(fewer, slices, { before: blocks }), accountId, slices)
    expect(isDeepStrictEqual(next.account, fewer)).toBe(true)
    expect(next.blocks?.lists.mappings).toHaveLength(1)
  })

  it('is reached by text that repeats itself, too, before nobody could read it any more', async () => {
    const long = sampleMapping({ name: 'long '.repeat(400) })
    const repeating = (count: number): Account => {
      return { ...largeAccount({ certificates: 1, mappings: 0 }), mappings: Array.from({ length: count }, () => long) }
    }
    await expect(encodeAccount(repeating(17_000), slices)).rejects.toMatchObject(full)
    // An earlier release let it become as long.
    const options = { shrinks: true, before: { salt: undefined, lists: {} } }
    const shrunk = await encodeAccount(repeating(17_000), slices, options)
    expect((await decodeAccount(shrunk, accountId, slices)).mappings).toHaveLength(17_000)
    await expect(encodeAccount(repeating(25_000), slices, { shrinks: true })).rejects.toMatchObject(full)
  })

  it('is not reached by all the app keys, invitations and changes that an account may have', async () => {
    const label = () => randomBytes(384).toString('base64')
    const keys = Array.from({ length: maxAppKeys }, () => ({ ...sampleAppKey(), label: label() }))
    const invitations = Array.from({ length: maxInvitations }, () => ({ ...sampleInvitation(), label: label() }))
    const changes = Array.from({ length: 200 }, (_, n) => ({ ...sampleChange(n + 1), subjects: [label(), label()] }))
    const account = { ...largeAccount({ certificates: 0, mappings: 0 }), appKeys: keys, invitations, changes }
    const value = await encodeAccount(account, slices, { before: { salt: undefined, lists: {} } })
    expect(JSON.stringify(value).length).toBeLessThan(450 * 1024)
  })

  it('is not reached by all the handovers that an account may have, each of ten mappings', async () => {
    const account = largeAccount({ certificates: 4, mappings: 10 })
    const mappings = account.mappings.map(({ id }) => id)
    const certificate = account.certificates[0]?.id
    if (certificate === undefined) throw new TypeError('it has certificates')
    const handovers = Array.from({ length: maxHandovers }, () => sampleHandover(certificate, mappings))
    expect(await storedBytes({ ...account, handovers })).toBeLessThan(450 * 1024)
  })

  it('is reached before the stored form passes 900 KiB, and leaves room for a deletion', async () => {
    const account = await overfull()
    await expect(encodeAccount(account, slices)).rejects.toMatchObject(full)
    expect(await storedBytes(account, true)).toBeLessThan(980 * 1024)
  })

  it('does not let a deletion pass the limit of the store itself', async () => {
    await expect(storedBytes(largeAccount({ mappings: 20_000 }), true)).rejects.toMatchObject(full)
  })
})

/** A little over 900 KiB in either layout: sized by what one mapping of this sample takes in one block. */
async function overfull(): Promise<Account> {
  const [few, some] = [await wholeBytes(5_000), await wholeBytes(10_000)]
  const mappings = 10_000 + Math.ceil(((955 * 1024 - some) / (some - few)) * 5_000)
  return largeAccount({ mappings })
}

async function wholeBytes(mappings: number): Promise<number> {
  const before = { salt: undefined, lists: {} }
  return JSON.stringify(await encodeAccount(largeAccount({ mappings }), slices, { before })).length
}
