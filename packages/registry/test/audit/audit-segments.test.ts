import { describe, expect, it } from '@jest/globals'
import { type Change, parseRecordId } from '@mtls-gateway/domain'
import { recordFolder, recordPath } from '@mtls-gateway/secret-store'
import { addMapping } from '../commands.ts'
import type { MemoryStore } from '../memory-store.ts'
import { accountId, newId, sampleAccount, sampleChange } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

async function segment(store: MemoryStore, first: number): Promise<readonly Change[] | undefined> {
  const stored = await store.get(recordPath('audit', accountId, parseRecordId(String(first))))
  return stored?.value.changes as readonly Change[] | undefined
}

function revisions(changes: readonly Change[] | undefined) {
  return changes && [changes[0]?.revision, changes.at(-1)?.revision, changes.length]
}

async function change(writer: ReturnType<typeof writerFixture>['writer'], id: number) {
  const changeId = newId()
  return writer.change(accountId, changeId, addMapping(changeId, id))
}

async function accountWith200Changes() {
  const fixture = writerFixture()
  const changes = Array.from({ length: 200 }, (_, n) => sampleChange(n + 1))
  await putAccount(fixture.store, sampleAccount({ revision: 200, changes }))
  return fixture
}

describe('the changes that an account holds', () => {
  it('are the last 200 at most; the oldest 100 go to a segment that begins with their revision', async () => {
    const { writer, store } = await accountWith200Changes()
    for (let id = 1; id <= 101; id++) await change(writer, id)
    const account = await writer.read(accountId)
    expect(revisions(account.changes)).toEqual([201, 301, 101])
    expect(revisions(await segment(store, 1))).toEqual([1, 100, 100])
    expect(revisions(await segment(store, 101))).toEqual([101, 200, 100])
    expect(await store.list(recordFolder('audit', accountId))).toHaveLength(2)
  })

  it('are in the segment before they are cut off', async () => {
    const { writer, store } = await accountWith200Changes()
    await change(writer, 1)
    const puts = store.calls.filter(({ operation }) => operation === 'put').map(({ path }) => path)
    expect(puts.slice(-2)).toEqual(['audit/le123/1', 'accounts/le123'])
  })

  it('stay when the segment can not be written', async () => {
    const { writer, store } = await accountWith200Changes()
    store.failNext('put', 'forbidden')
    await expect(change(writer, 1)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: {} })
    expect((await writer.read(accountId)).changes).toHaveLength(200)
  })

  it('are cut off when the segment is already there, from an attempt that got no further', async () => {
    const { writer, store } = await accountWith200Changes()
    store.failNext('put', 'answer-lost', 'conflict', 'unavailable')
    await change(writer, 1)
    expect(revisions((await writer.read(accountId)).changes)).toEqual([101, 201, 101])
    expect(revisions(await segment(store, 1))).toEqual([1, 100, 100])
  })
})
