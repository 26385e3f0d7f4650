import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { accountPath } from '@mtls-gateway/secret-store'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const count = 20_000

/** As a name comes: a piece of a header of 4 KB. */
function invented(n: number): AccountId {
  const header = `OAuth oauth_consumer_key="invented-account-${n}.AAAAAAAAAAAAAAAAAAAAAA",`.padEnd(4_096, `${n} `)
  return parseAccountId(header.slice(header.indexOf('"') + 1, header.indexOf('.')))
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

describe('names of accounts that somebody invents', () => {
  it('take no room from accounts that there are, and not more than some kilobytes each of the last 1,000', async () => {
    const { reader, store } = await readerFixture()
    const copy = await reader.get(accountId)
    collectGarbage()
    const before = process.memoryUsage().heapUsed

    for (let n = 0; n < count; n++) {
      expect(await reader.get(invented(n))).toBeUndefined()
      store.calls.length = 0
    }

    collectGarbage()
    const grownMiB = (process.memoryUsage().heapUsed - before) / 1024 / 1024
    expect(grownMiB).toBeLessThan(8)
    expect(reader.get(accountId)).toBe(copy)
  })

  it('cost one read of the store each, and none again for 5 s', async () => {
    const { reader, store, clock } = await readerFixture()
    const name = invented(1)
    for (let n = 0; n < 10; n++) expect(await reader.get(name)).toBeUndefined()
    expect(store.count('get', accountPath(name))).toBe(1)
    await clock.advance(5_000)
    await reader.get(name)
    expect(store.count('get', accountPath(name))).toBe(2)
  })

  it('are forgotten with the notice that there is such an account, heard before or during the read', async () => {
    const { reader, store, changeFeed } = await readerFixture()
    const name = invented(1)
    const tell = () => changeFeed.append({ account: name, revision: 1, revoked: [] })
    const { reached, release } = store.hold('get')
    const early = reader.get(name)
    await reached
    await tell()
    release()
    expect(await early).toBeUndefined()
    await putAccount(store, sampleAccount({ accountId: name }))
    expect(await reader.get(name)).toMatchObject({ revision: 1 })
  })

  it('are looked up again after a gap, in which such a notice may have been lost', async () => {
    const { reader, store, changeFeed } = await readerFixture()
    const name = invented(1)
    expect(await reader.get(name)).toBeUndefined()
    await putAccount(store, sampleAccount({ accountId: name }))
    expect(reader.get(name)).toBeUndefined()
    changeFeed.tellOfGap()
    expect(await reader.get(name)).toMatchObject({ revision: 1 })
  })

  it('are not what an account is remembered by that is gone from a store that was restored', async () => {
    const { reader, store, clock, tell } = await readerFixture()
    await reader.get(accountId)
    await store.purge(accountPath(accountId))
    await tell(2)
    const gone = reader.get(accountId)
    await clock.advance(2_000)
    expect(await gone).toBeUndefined()
    expect(reader.fresh(accountId)).toBeUndefined()
    expect(reader.served(accountId)?.revision).toBe(0)
  })
})
