import { describe, expect, it } from '@jest/globals'
import { parseRecordId } from '@mtls-gateway/domain'
import { recordPath } from '@mtls-gateway/secret-store'
import { accountId, sampleAccount, sampleChange } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

const changesFrom = (first: number, count: number) => Array.from({ length: count }, (_, n) => sampleChange(first + n))

/** 250 changes: two segments, and 50 in the account. */
async function fixture() {
  const { writer, store } = writerFixture()
  await putAccount(store, sampleAccount({ revision: 250, changes: changesFrom(201, 50) }))
  for (const first of [1, 101]) {
    const path = recordPath('audit', accountId, parseRecordId(String(first)))
    await store.put(path, { changes: changesFrom(first, 100) }, 0)
  }
  const revisions = async (page: { before?: number; limit: number }) =>
    (await writer.changes(accountId, page)).changes.map(({ revision }) => revision)
  return { store, revisions }
}

const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, n) => from - n)

describe('the audit trail', () => {
  it('is read newest first, from the account alone where that is enough', async () => {
    const { store, revisions } = await fixture()
    store.calls.length = 0
    expect(await revisions({ limit: 50 })).toEqual(down(250, 201))
    expect(store.calls).toHaveLength(1)
  })

  it('goes on in what was moved out of the account', async () => {
    const { revisions } = await fixture()
    expect(await revisions({ limit: 60 })).toEqual(down(250, 191))
    expect(await revisions({ limit: 1_000 })).toEqual(down(250, 1))
  })

  it.each([
    { before: 201, limit: 3, expected: [200, 199, 198] },
    { before: 202, limit: 3, expected: [201, 200, 199] },
    { before: 102, limit: 3, expected: [101, 100, 99] },
    { before: 3, limit: 10, expected: [2, 1] },
    { before: 1, limit: 10, expected: [] },
  ])('has a page of $limit before $before', async ({ before, limit, expected }) => {
    const { revisions } = await fixture()
    expect(await revisions({ before, limit })).toEqual(expected)
  })

  it('ends where a segment is gone', async () => {
    const { store, revisions } = await fixture()
    await store.purge(recordPath('audit', accountId, parseRecordId('1')))
    expect(await revisions({ limit: 1_000 })).toEqual(down(250, 101))
  })

  it('of an account that was never written is empty', async () => {
    const { writer } = writerFixture()
    expect((await writer.changes(accountId, { limit: 10 })).changes).toEqual([])
  })
})
