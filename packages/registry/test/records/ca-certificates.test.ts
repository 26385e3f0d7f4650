import { describe, expect, it } from '@jest/globals'
import { parseRecordId } from '@mtls-gateway/domain'
import { unreferencedIn } from '../../src/maintenance/garbage-collection.ts'
import { CaCertificateReader } from '../../src/records/record-reader.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleAccount, sampleMapping } from '../sample-account.ts'
import { writerFixture } from '../writer-fixture.ts'

const id = parseRecordId('ca-record')
const trusting = { ...sampleMapping(), targetTrust: { caRecordId: id } }

async function fixture() {
  const { writer, store } = writerFixture()
  await writer.records.put('chains', accountId, id, { leaf: 'one\n', chain: ['two\n'] })
  return { writer, store, certificates: new CaCertificateReader({ store, maxBytes: 1e6 }) }
}

describe('the CA certificates that a mapping trusts', () => {
  it('are read once, for all who ask at the same time and later', async () => {
    const { store, certificates } = await fixture()
    const all = await Promise.all(Array.from({ length: 20 }, () => certificates.get(accountId, id)))
    expect(new Set(all)).toEqual(new Set(['one\ntwo\n']))
    expect(certificates.get(accountId, id)).toBe('one\ntwo\n')
    expect(store.count('get')).toBe(1)
  })

  it('are looked for again where they were not there, and are not said to be missing while the store is down', async () => {
    const { store, writer, certificates } = await fixture()
    await writer.records.purge([{ kind: 'chains', accountId, id }])
    expect(await certificates.get(accountId, id)).toBeUndefined()
    store.goDown()
    await expect(certificates.get(accountId, id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    store.comeBack()
    await writer.records.put('chains', accountId, id, { leaf: 'new', chain: [] })
    expect(await certificates.get(accountId, id)).toBe('new')
  })

  it('are let go when no mapping names them any more, and only then', async () => {
    const { certificates } = await fixture()
    const { reader, write } = await readerFixture()
    reader.onLoaded((snapshot) => certificates.keepNamed(snapshot))
    await write(2, { mappings: [trusting] })
    await certificates.get(accountId, id)
    await reader.get(accountId)
    expect(certificates.get(accountId, id)).toBe('one\ntwo\n')
    await write(3, { mappings: [sampleMapping()] })
    await reader.revalidate(accountId)
    expect(certificates.get(accountId, id)).toBeInstanceOf(Promise)
  })

  it('are named by the account as far as garbage collection is concerned', () => {
    expect(unreferencedIn(sampleAccount({ mappings: [trusting] }), [id]).size).toBe(0)
    expect(unreferencedIn(sampleAccount({ mappings: [sampleMapping()] }), [id]).size).toBe(1)
  })
})
