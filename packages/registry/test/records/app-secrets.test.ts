import { describe, expect, it } from '@jest/globals'
import { AppSecretReader } from '../../src/records/record-reader.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, newId, sampleAppKey } from '../sample-account.ts'
import { writerFixture } from '../writer-fixture.ts'

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
})
