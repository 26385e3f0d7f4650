import { describe, expect, it } from '@jest/globals'
import { parseTargetUrl } from '@mtls-gateway/domain'
import { AppSecretReader, IdentityReader } from '../../src/records/record-reader.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleAppKey, sampleCertificate, sampleMapping } from '../sample-account.ts'
import { writerFixture } from '../writer-fixture.ts'

describe('the first call of an account', () => {
  it('costs 4 reads in 3 round trips, the second none', async () => {
    const { reader, store, write } = await readerFixture()
    const { writer } = writerFixture({ store })
    const certificate = sampleCertificate('c1', 1)
    const { keyId, versionId } = certificate.current
    const appKey = sampleAppKey()
    const mapping = sampleMapping({ certificate: 1 })
    await writer.records.put('keys', accountId, keyId, { privateKey: 'key' })
    await writer.records.put('chains', accountId, versionId, { leaf: 'leaf', chain: [] })
    await writer.records.put('app-keys', accountId, appKey.id, { secret: 'secret' })
    await write(2, { certificates: [certificate], mappings: [mapping], appKeys: [appKey] })
    const secrets = new AppSecretReader({ store, maxBytes: 1e6 })
    const identities = new IdentityReader({ store, maxBytes: 1e6 })
    store.calls.length = 0
    // All reads that begin in one turn of the event loop are one round trip.
    let roundTrips = 0
    let underWay: Promise<undefined> | undefined
    store.intercept(() => {
      underWay ??= new Promise((resolve) => {
        roundTrips++
        setImmediate(() => {
          underWay = undefined
          resolve(undefined)
        })
      })
      return underWay
    })

    async function call() {
      const account = await reader.get(accountId)
      const secret = account?.findAppKey(appKey.id) && (await secrets.get(accountId, appKey.id))
      const found = account?.findMapping(mapping.serviceId, parseTargetUrl(mapping.url).normalised)
      const used = found && account?.findCertificate(found.certificateId)
      return { secret, identity: used?.current && (await identities.get(accountId, used.current)) }
    }
    const expected = { secret: 'secret', identity: { versionId, privateKey: 'key', certificates: 'leaf' } }
    expect(await call()).toEqual(expected)
    expect(await call()).toEqual(expected)
    expect(store.calls).toHaveLength(4)
    expect(roundTrips).toBe(3)
  })
})
