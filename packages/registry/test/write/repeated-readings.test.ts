import { describe, expect, it } from '@jest/globals'
import { removeMapping } from '../commands.ts'
import { accountId, largeAccount, newId } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

const account = largeAccount({ certificates: 100, mappings: 2_000 })
/** Its records, and a little more for the characters that they have. */
const parsed = { atLeast: 2_100, atMost: 2_400 }
/** As much of it as is charged where most is known. */
const passedOver = { atLeast: 210, atMost: 240 }

function expectCost(cost: number, { atLeast, atMost }: typeof passedOver): void {
  expect(cost).toBeGreaterThanOrEqual(atLeast)
  expect(cost).toBeLessThanOrEqual(atMost)
}

describe('a large account that is read again', () => {
  it('is asked of the store, and charged a tenth', async () => {
    const { writer, store } = writerFixture()
    await putAccount(store, account)
    expect(await writer.read(accountId)).toEqual(account)
    expectCost(writer.costs(accountId).reading, parsed)

    const changed = account.mappings[7]
    await putAccount(store, { ...account, mappings: account.mappings.filter((mapping) => mapping !== changed) })
    const second = await writer.read(accountId)
    expect(store.count('get')).toBe(4)
    expect(second.mappings).toHaveLength(1_999)
    expectCost(writer.costs(accountId).reading, passedOver)
  })

  it('costs more if its records are long, and so do its changes', async () => {
    const charged: number[] = []
    const turns = { take: async () => ({ end: (records: number) => void charged.push(records) }) }
    const { writer, store } = writerFixture({ turns })
    const mappings = account.mappings.map((mapping) => ({ ...mapping, name: 'long '.repeat(400) }))
    await putAccount(store, { ...account, mappings })
    await writer.read(accountId)
    expect(writer.costs(accountId).reading).toBeGreaterThan(1.7 * 2_100)
    await writer.read(accountId)
    expect(writer.costs(accountId).reading).toBeGreaterThan(1.7 * passedOver.atLeast)
    const changeId = newId()
    await writer.change(accountId, changeId, removeMapping(changeId, Number(mappings[0]?.id)))
    // All that was read is written.
    expect(charged[0]).toBeGreaterThan(2 * 1.7 * 2_100)
  })

  it('is never answered from memory alone', async () => {
    const { writer, store } = writerFixture()
    await putAccount(store, account)
    await writer.read(accountId)
    store.goDown()
    await expect(writer.read(accountId)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is parsed no more than the blocks that a change has touched after one', async () => {
    const { writer, store } = writerFixture()
    await putAccount(store, account)
    const { mappings } = await writer.read(accountId)
    const [mapping] = mappings
    if (!mapping) throw new TypeError('it has mappings')
    const changeId = newId()
    await writer.change(accountId, changeId, removeMapping(changeId, mapping.id))
    const read = await writer.read(accountId)
    expect(read).toMatchObject({ revision: account.revision + 1, mappings: account.mappings.slice(1) })
    expect(read.mappings.filter((each) => mappings.includes(each)).length).toBeGreaterThan(100)
    expectCost(writer.costs(accountId).reading, passedOver)
  })
})

describe('the credentials of a large account', () => {
  it('are read once for all requests that come meanwhile', async () => {
    const { writer, store } = writerFixture()
    await putAccount(store, account)
    const before = store.count('get')
    const read = await Promise.all(Array.from({ length: 50 }, () => writer.credentials(accountId)))
    for (const { appKeys } of read) expect(appKeys).toEqual(account.appKeys)
    expect(store.count('get') - before).toBe(2)
  })
})
