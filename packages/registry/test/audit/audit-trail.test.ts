import { describe, expect, it } from '@jest/globals'
import { type Change, parseRecordId } from '@mtls-gateway/domain'
import { recordPath } from '@mtls-gateway/secret-store'
import type { ChangeQuery } from '../../src/audit-trail.ts'
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
  const page = async (query: ChangeQuery) => {
    const { changes, next } = await writer.changes(accountId, query)
    return { revisions: changes.map(({ revision }) => revision), next }
  }
  const revisions = async (query: ChangeQuery) => (await page(query)).revisions
  return { store, writer, page, revisions }
}

const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, n) => from - n)

describe('the audit trail', () => {
  it('is read newest first, from the account alone where that is enough', async () => {
    const { store, revisions } = await fixture()
    store.calls.length = 0
    expect(await revisions({ limit: 49 })).toEqual(down(250, 202))
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

  it('says where it goes on, if there are others', async () => {
    const { page } = await fixture()
    expect(await page({ limit: 50 })).toEqual({ revisions: down(250, 201), next: 201 })
    expect((await page({ before: 3, limit: 2 })).next).toBeUndefined()
  })

  it('has only what is asked for, up to what is too old, and says where it goes on', async () => {
    const { store, page } = await fixture()
    const isAskedFor = ({ revision }: Change) => revision % 50 === 0
    expect(await page({ limit: 2, isAskedFor })).toEqual({ revisions: [250, 200], next: 151 })
    expect(await page({ before: 151, limit: 2, isAskedFor })).toEqual({ revisions: [150, 100], next: 51 })
    expect(await page({ before: 51, limit: 2, isAskedFor })).toEqual({ revisions: [50], next: undefined })
    store.calls.length = 0
    const isTooOld = ({ revision }: Change) => revision < 210
    expect(await page({ limit: 2, isAskedFor, isTooOld })).toEqual({ revisions: [250], next: undefined })
    expect(store.calls).toHaveLength(1)
  })

  it('looks at 1,000 changes at most, however few of them are asked for', async () => {
    const { writer, store } = writerFixture()
    await putAccount(store, sampleAccount({ revision: 1_250, changes: changesFrom(1_201, 50) }))
    for (let first = 1; first < 1_200; first += 100) {
      const path = recordPath('audit', accountId, parseRecordId(String(first)))
      await store.put(path, { changes: changesFrom(first, 100) }, 0)
    }
    store.calls.length = 0
    const query = { limit: 10, isAskedFor: ({ revision }: Change) => revision === 7 }
    expect(await writer.changes(accountId, query)).toMatchObject({ changes: [], next: 251 })
    // The account, ten segments, and the one in which the next change is.
    expect(store.calls.length).toBeLessThanOrEqual(12)
    expect(await writer.changes(accountId, { ...query, before: 251 })).toMatchObject({ changes: [{ revision: 7 }] })
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

describe('changes from a revision on', () => {
  const from = async (first: number, limit: number, purged?: string) => {
    const { store, writer } = await fixture()
    if (purged !== undefined) await store.purge(recordPath('audit', accountId, parseRecordId(purged)))
    store.calls.length = 0
    const { changes, revision } = await writer.changesFrom(accountId, { from: first, limit })
    expect(revision).toBe(250)
    return { revisions: changes.map((change) => change.revision), reads: store.calls.length }
  }
  const up = (first: number, last: number) => down(last, first).toReversed()

  it.each([
    { first: 201, limit: 10, expected: up(201, 210), reads: 1 },
    { first: 240, limit: 100, expected: up(240, 250), reads: 1 },
    { first: 251, limit: 100, expected: [], reads: 1 },
    { first: 1, limit: 10, expected: up(1, 10), reads: 2 },
    { first: 95, limit: 10, expected: up(95, 104), reads: 3 },
    { first: 195, limit: 10, expected: up(195, 204), reads: 2 },
    { first: 1, limit: 1_000, expected: up(1, 250), reads: 3 },
  ])('are $limit from $first, oldest first, and no more segments are read', async ({ first, limit, ...rest }) => {
    expect(await from(first, limit)).toEqual({ revisions: rest.expected, reads: rest.reads })
  })

  it('leave out what is not kept any longer', async () => {
    expect(await from(1, 10, '1')).toMatchObject({ revisions: up(101, 110) })
    expect(await from(95, 10, '101')).toMatchObject({ revisions: [...up(95, 100), ...up(201, 204)] })
  })

  it('of an account that was never written are none', async () => {
    const { writer } = writerFixture()
    expect(await writer.changesFrom(accountId, { from: 1, limit: 10 })).toEqual({ changes: [], revision: 0 })
  })
})
