import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { type Command, emptyAccount, type LongCommand, parseAccountId } from '@mtls-gateway/domain'
import { accountPath } from '@mtls-gateway/secret-store'
import { addMapping } from '../commands.ts'
import { accountId, largeAccount, newId, sampleAccount, sampleMapping } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

describe('changing an account', () => {
  it('begins with an empty one where nothing was written yet', async () => {
    const { writer } = writerFixture()
    expect(await writer.read(accountId)).toEqual(emptyAccount(accountId))
    const changeId = newId()
    const { account, result } = await writer.change(accountId, changeId, addMapping(changeId, 7))
    expect(result).toBe(0)
    expect(account).toMatchObject({ revision: 1, mappings: [{ name: 'm7' }], changes: [{ changeId, revision: 1 }] })
    expect(await writer.read(accountId)).toEqual(account)
  })

  it('passes on what the command refuses and writes nothing', async () => {
    const { writer, store, changeFeed } = writerFixture()
    await putAccount(store, sampleAccount({ mappings: [sampleMapping({ id: 7 })] }))
    const changeId = newId()
    const change = writer.change(accountId, changeId, addMapping(changeId, 7))
    await expect(change).rejects.toMatchObject({ code: 'MAPPING_NAME_TAKEN' })
    expect((await writer.read(accountId)).revision).toBe(1)
    expect(changeFeed.appended).toEqual([])
  })

  it('writes nothing and tells nobody if the command leaves the account as it is', async () => {
    const { writer, store, changeFeed } = writerFixture()
    await putAccount(store, sampleAccount())
    const before = store.count('put')
    const command: Command<string> = (account) => ({ account, result: 'all refused', revoked: [] })
    expect(await writer.change(accountId, newId(), command)).toMatchObject({ result: 'all refused', noticed: true })
    expect(store.count('put')).toBe(before)
    expect(changeFeed.appended).toEqual([])
  })

  it('applies the command again to the account that another process has written meanwhile', async () => {
    const { writer, store } = writerFixture()
    await putAccount(store, sampleAccount())
    const { reached, release } = store.hold('put')
    const changeId = newId()
    const change = writer.change(accountId, changeId, addMapping(changeId, 7))
    await reached
    store.comeBack()
    await putAccount(store, sampleAccount({ revision: 2, mappings: [sampleMapping({ id: 1 })] }))
    release()
    const { account, result } = await change
    expect(result).toBe(1)
    expect(account.revision).toBe(3)
    expect(account.mappings.map(({ name }) => name)).toEqual(['m1', 'm7'])
  })

  it('lets others have their turns where the command pauses', async () => {
    const { writer } = writerFixture()
    const changeId = newId()
    let turns = 0
    const command: LongCommand<number> = function* (account) {
      const before = turns
      for (const end = performance.now() + 10_000; turns < before + 3 && performance.now() < end; ) yield
      return { ...addMapping(changeId, 7)(account), result: turns - before }
    }
    let isDone = false
    const counting = (async () => {
      while (!isDone) {
        await setImmediate()
        turns += 1
      }
    })()
    const { account, result } = await writer.change(accountId, changeId, command)
    isDone = true
    await counting
    expect(result).toBe(3)
    expect(await writer.read(accountId)).toEqual(account)
    expect(account.mappings.map(({ name }) => name)).toEqual(['m7'])
  })

  it('writes of a large account only the blocks anew that differ', async () => {
    const { writer, store } = writerFixture()
    await putAccount(store, largeAccount({ certificates: 10, mappings: 3_000 }))
    const mappings = async () => {
      const { value } = (await store.get(accountPath(accountId))) ?? fail('it is stored')
      return (value as { blocks: { mappings: string[] } }).blocks.mappings
    }
    const before = await mappings()
    const changeId = newId()
    await writer.change(accountId, changeId, addMapping(changeId, 7))
    const after = await mappings()
    expect(before.length).toBeGreaterThan(3)
    expect(after.filter((block) => !before.includes(block)).length).toBeLessThanOrEqual(2)
  })

  it('happens one at a time in an account, in the order asked for', async () => {
    const { writer, store } = writerFixture()
    const changes = Array.from({ length: 20 }, async (_, n) => {
      const changeId = newId()
      return writer.change(accountId, changeId, addMapping(changeId, n + 1))
    })
    expect((await Promise.all(changes)).map(({ result }) => result)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(store.count('put')).toBe(20)
  })

  it('does not wait for other accounts', async () => {
    const { writer, store } = writerFixture()
    const { reached, release } = store.hold('put')
    const [first, second] = [newId(), newId()]
    const slow = writer.change(accountId, first, addMapping(first, 1))
    await reached
    store.comeBack()
    const { account } = await writer.change(parseAccountId('other'), second, addMapping(second, 1))
    expect(account.revision).toBe(1)
    expect(store.count('put', accountPath(accountId))).toBe(1)
    release()
    await slow
  })

  it('takes no command without a change entry of its own, or with one that is there already', async () => {
    const { writer } = writerFixture()
    const changeId = newId()
    await expect(writer.change(accountId, newId(), addMapping(changeId, 1))).rejects.toThrow(TypeError)
    await writer.change(accountId, changeId, addMapping(changeId, 1))
    await expect(writer.change(accountId, changeId, addMapping(changeId, 2))).rejects.toThrow(TypeError)
    expect((await writer.read(accountId)).revision).toBe(1)
  })
})

function fail(what: string): never {
  throw new TypeError(what)
}
