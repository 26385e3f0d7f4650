import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { AppSecretReader } from '../../src/records/record-reader.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, newId, sampleAppKey } from '../sample-account.ts'
import { writerFixture } from '../writer-fixture.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

async function fixture() {
  const { writer, store } = writerFixture()
  const appKey = sampleAppKey()
  await writer.records.put('app-keys', accountId, appKey.id, { secret: 's3cret' })
  return { store, writer, appKey, secrets: new AppSecretReader({ store, maxBytes: 1e6 }) }
}

describe('the secret of an app key', () => {
  it('is read once, then answered at once', async () => {
    const { store, appKey, secrets } = await fixture()
    expect(await secrets.get(accountId, appKey.id)).toBe('s3cret')
    expect(secrets.get(accountId, appKey.id)).toBe('s3cret')
    expect(store.count('get')).toBe(1)
  })

  it('is undefined where there is none, and that is not remembered', async () => {
    const { writer, secrets } = await fixture()
    const id = newId()
    expect(await secrets.get(accountId, id)).toBeUndefined()
    await writer.records.put('app-keys', accountId, id, { secret: 'new' })
    expect(await secrets.get(accountId, id)).toBe('new')
  })

  it('is not said to be missing while the store can not be read', async () => {
    const { store, appKey, secrets } = await fixture()
    store.goDown()
    await expect(secrets.get(accountId, appKey.id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is let go when the account no longer lists the key', async () => {
    const { store, appKey, secrets } = await fixture()
    const { reader, write } = await readerFixture()
    reader.onLoaded((snapshot) => secrets.keepNamed(snapshot))
    await write(2, { appKeys: [appKey] })
    await secrets.get(accountId, appKey.id)
    await reader.get(accountId)
    expect(secrets.get(accountId, appKey.id)).toBe('s3cret')
    await write(3)
    await reader.revalidate(accountId)
    await secrets.get(accountId, appKey.id)
    expect(store.count('get')).toBe(2)
  })

  it('is held of each of 20,000 accounts in 12 MB, and takes no more of the heap than is counted', async () => {
    let reads = 0
    const get = async () => {
      reads += 1
      return { value: { secret: ownText(`s${reads}`.padEnd(43, 'x')) }, version: 1 }
    }
    // The needed part of a store.
    const secrets = new AppSecretReader({ store: { get } as never, maxBytes: 12e6 })
    const askForAll = async () => {
      for (let n = 0; n < 20_000; n++) {
        await secrets.get(parseAccountId(ownText(`account-${n}`)), parseRecordId(ownText(`${n}`.padStart(22, 'A'))))
      }
    }
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    await askForAll()
    collectGarbage()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(secrets.cache().bytes)
    await askForAll()
    expect(secrets.cache()).toMatchObject({ entries: 20_000, hits: 20_000 })
    expect(reads).toBe(20_000)
  })
})

/** The text by itself, as JSON.parse makes it, and not the pieces that it is put together from. */
function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
