import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { recordPath } from '@mtls-gateway/secret-store'
import { IdentityReader } from '../../src/records/record-reader.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, newId, sampleCertificate } from '../sample-account.ts'
import { writerFixture } from '../writer-fixture.ts'

async function fixture({ maxBytes = 1e6 } = {}) {
  const { writer, store } = writerFixture()
  const version = sampleCertificate('c1').current
  await writer.records.put('keys', accountId, version.keyId, { privateKey: 'key of c1' })
  await writer.records.put('chains', accountId, version.versionId, { leaf: 'leaf', chain: ['sub CA', 'CA'] })
  return { writer, store, version, identities: new IdentityReader({ store, maxBytes }) }
}

describe('the identity of a certificate version', () => {
  it('is its key with leaf and chain, read in parallel', async () => {
    const { store, version, identities } = await fixture()
    let waiting = 0
    const both = Promise.withResolvers<undefined>()
    store.intercept(() => {
      if (++waiting === 2) both.resolve(undefined)
      return both.promise
    })
    const identity = await identities.get(accountId, version)
    expect(identity).toEqual({
      versionId: version.versionId,
      privateKey: 'key of c1',
      certificates: 'leaf\nsub CA\nCA',
    })
  })

  it('is read once, for all who ask at the same time and later', async () => {
    const { store, version, identities } = await fixture()
    const all = await Promise.all(Array.from({ length: 20 }, () => identities.get(accountId, version)))
    expect(identities.get(accountId, version)).toBe(all[0])
    expect(new Set(all).size).toBe(1)
    expect(store.count('get')).toBe(2)
  })

  it.each(['keys', 'chains'] as const)(
    'is CLIENT_KEY_MISSING where one of its "%s" is not there, until it is',
    async (kind) => {
      const { store, writer, version, identities } = await fixture()
      const id = kind === 'keys' ? version.keyId : version.versionId
      const record = await store.get(recordPath(kind, accountId, id))
      await writer.records.purge([{ kind, accountId, id }])
      await expect(identities.get(accountId, version)).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING' })
      await store.put(recordPath(kind, accountId, id), record?.value ?? {}, 0)
      expect(await identities.get(accountId, version)).toMatchObject({ privateKey: 'key of c1' })
    },
  )

  it('is not said to be missing while the store can not be read', async () => {
    const { store, version, identities } = await fixture()
    store.goDown('forbidden')
    await expect(identities.get(accountId, version)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    store.comeBack()
    expect(await identities.get(accountId, version)).toMatchObject({ privateKey: 'key of c1' })
  })

  it('of another account is another one, even under the same ids', async () => {
    const { writer, version, identities } = await fixture()
    const other = parseAccountId('other')
    await writer.records.put('keys', other, version.keyId, { privateKey: 'key of other' })
    await writer.records.put('chains', other, version.versionId, { leaf: 'other leaf', chain: [] })
    await identities.get(accountId, version)
    expect(await identities.get(other, version)).toEqual({
      versionId: version.versionId,
      privateKey: 'key of other',
      certificates: 'other leaf',
    })
  })

  it('is let go when the account names another version, and only then', async () => {
    const { store, version, identities } = await fixture()
    const { reader, write } = await readerFixture()
    reader.onLoaded((snapshot) => identities.keepNamed(snapshot))
    const certificate = { ...sampleCertificate('c1'), current: version }
    await write(2, { certificates: [certificate] })
    const identity = await identities.get(accountId, version)
    await reader.get(accountId)
    expect(identities.get(accountId, version)).toBe(identity)
    await write(3, { certificates: [{ ...certificate, current: { ...version, versionId: newId() } }] })
    await reader.revalidate(accountId)
    expect(identities.get(accountId, version)).toBeInstanceOf(Promise)
    expect(store.count('get')).toBe(4)
  })

  it('makes room for others when there are too many', async () => {
    const { writer, version, identities } = await fixture({ maxBytes: 1_000 })
    const first = await identities.get(accountId, version)
    const others = Array.from({ length: 3 }, (_, n) => sampleCertificate(`d${n}`).current)
    for (const { keyId, versionId } of others) {
      await writer.records.put('keys', accountId, keyId, { privateKey: 'key' })
      await writer.records.put('chains', accountId, versionId, { leaf: 'leaf', chain: [] })
      await identities.get(accountId, { keyId, versionId })
    }
    expect(identities.get(accountId, version)).toBeInstanceOf(Promise)
    expect(await identities.get(accountId, version)).toEqual(first)
  })
})
