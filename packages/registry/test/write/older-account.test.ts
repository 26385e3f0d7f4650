import { describe, expect, it } from '@jest/globals'
import { accountPath } from '@mtls-gateway/secret-store'
import { EpochWatch } from '../../src/store-epoch.ts'
import { addMapping } from '../commands.ts'
import { accountAt } from '../reader-fixture.ts'
import { accountId, newId } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

async function olderFixture() {
  const told: unknown[] = []
  const epochs = new EpochWatch({ read: async () => undefined, everyMs: 10_000 })
  const fixture = writerFixture({ epochs, onOlder: (older) => void told.push(older) })
  await putAccount(fixture.store, accountAt(3))
  const putBack = fixture.store.backup()
  await putAccount(fixture.store, accountAt(5))
  return { ...fixture, epochs, putBack, told }
}

it('a document and a notice name the epoch in which they were written', async () => {
  const { writer, store, changeFeed, epochs } = await olderFixture()
  const written = async () => (await store.get(accountPath(accountId)))?.value.epoch
  const map = (id: number, changeId = newId()) => writer.change(accountId, changeId, addMapping(changeId, id))
  await map(11)
  for (const epoch of ['1', '2']) {
    epochs.enter(epoch)
    await map(Number(epoch))
    expect(await written()).toBe(epoch)
  }
  expect(changeFeed.appended.map(({ epoch }) => epoch)).toEqual([undefined, '1', '2'])
})

describe('an account that is older than it was seen', () => {
  it('is told of, each time that it is read', async () => {
    const { writer, putBack, told } = await olderFixture()
    await writer.read(accountId)
    expect(told).toEqual([])
    putBack()
    await writer.read(accountId)
    expect(told).toEqual([{ accountId, revision: 3, seen: 5 }])
    await writer.read(accountId)
    expect(told).toHaveLength(2)
  })

  it('is not told of in a new epoch, in which revisions count anew', async () => {
    const { writer, epochs, putBack, told } = await olderFixture()
    await writer.read(accountId)
    putBack()
    epochs.enter('2')
    await writer.read(accountId)
    await writer.read(accountId)
    expect(told).toEqual([])
  })

  it('is not told of if it was changed while the read was under way, or is gone', async () => {
    const { writer, store, told } = await olderFixture()
    const { reached, release } = store.hold('get')
    const reading = writer.read(accountId)
    await reached
    release()
    await reading
    await store.purge(accountPath(accountId))
    expect((await writer.read(accountId)).revision).toBe(0)
    expect(told).toEqual([])
  })
})
