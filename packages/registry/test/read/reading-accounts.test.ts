import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseMappingUrl, parseTargetUrl } from '@mtls-gateway/domain'
import { AccountSnapshot } from '../../src/read/account-snapshot.ts'
import { readerFixture } from '../reader-fixture.ts'
import {
  accountId,
  pendingCertificate,
  sampleAccount,
  sampleAppKey,
  sampleCertificate,
  sampleMapping,
  withPrevious,
} from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const minute = 60_000

describe('reading an account', () => {
  it('finds mappings by service and url, certificates and app keys by id', async () => {
    const { reader, store } = await readerFixture()
    const certificate = sampleCertificate('c1', 1)
    const appKey = sampleAppKey()
    const url = parseTargetUrl('https://api.example.com/a').normalised
    const mappings = [sampleMapping({ serviceId: '1', url }), sampleMapping({ serviceId: '2', url })]
    const other = parseAccountId('other')
    await putAccount(store, {
      ...sampleAccount(),
      accountId: other,
      certificates: [certificate],
      mappings,
      appKeys: [appKey],
    })
    const account = await reader.get(other)
    expect(account).toMatchObject({ accountId: other, revision: 1 })
    expect(account?.findMapping('1', url)).toEqual(mappings[0])
    expect(account?.findMapping('2', url)).toEqual(mappings[1])
    expect(account?.findMapping('3', url)).toBeUndefined()
    expect(account?.findMapping('1', parseTargetUrl('https://api.example.com/b').normalised)).toBeUndefined()
    expect(account?.findCertificate(certificate.id)).toEqual(certificate)
    expect([...(account?.presentable.keys() ?? [])]).toEqual([certificate.current.versionId])
    expect(account?.findAppKey(appKey.id)).toEqual(appKey)
    expect(account?.findAppKey('__proto__')).toBeUndefined()
  })

  it('tells the versions in use: none that came before, none of what waits for its signature', async () => {
    const { reader, write } = await readerFixture()
    const replaced = sampleCertificate('c1', 1)
    const certificates = [withPrevious(replaced), pendingCertificate('c2', 2)]
    await write(2, { certificates })
    const account = await reader.get(accountId)
    expect([...(account?.presentable.keys() ?? [])]).toEqual([replaced.current.versionId])
    expect(certificates.map(({ id }) => account?.findCertificate(id))).toEqual(certificates)
  })

  it('finds the most specific mapping of a call among patterns', async () => {
    const { reader, write } = await readerFixture()
    const urls = ['https://*.example.com/*', 'https://api.example.com/*', 'https://api.example.com/v2/*']
    const mappings = urls.map((url) => ({ ...sampleMapping({ name: url }), url: parseMappingUrl(url) }))
    await write(2, { mappings })
    const account = await reader.get(accountId)
    const nameFor = (url: string) => account?.findMapping('1', parseTargetUrl(url).normalised)?.name
    const calls = ['https://shop.example.com/v2/', 'https://api.example.com/v2', 'https://api.example.com/v2/a?q']
    expect(calls.map(nameFor)).toEqual(urls)
    expect(nameFor('https://example.com/v2/a')).toBeUndefined()
  })

  it('answers at once from a copy for 5 minutes, then reads again', async () => {
    const { reader, clock, reads } = await readerFixture()
    const first = await reader.get(accountId)
    await clock.advance(5 * minute - 1)
    expect(reader.get(accountId)).toBe(first)
    expect(reads()).toBe(1)
    await clock.advance(1)
    const second = await reader.get(accountId)
    expect(second).not.toBe(first)
    expect(reads()).toBe(2)
    expect(reader.get(accountId)).toBeInstanceOf(AccountSnapshot)
  })

  it('takes no longer time to live than the contract allows', async () => {
    await expect(readerFixture({ ttlMs: 300_001 })).rejects.toThrow(RangeError)
  })

  it('counts the time from when the read began', async () => {
    const { reader, clock, store, reads } = await readerFixture({ ttlMs: minute })
    const { reached, release } = store.hold('get')
    const slow = reader.get(accountId)
    await reached
    await clock.advance(minute)
    release()
    await slow
    await reader.get(accountId)
    expect(reads()).toBe(2)
  })

  it('is done once for all who ask at the same time', async () => {
    const { reader, reads } = await readerFixture()
    const answers = await Promise.all(Array.from({ length: 50 }, () => reader.get(accountId)))
    expect(new Set(answers).size).toBe(1)
    expect(reads()).toBe(1)
  })

  it('knows for 5 s that there is no such account, and learns at once of its first change', async () => {
    const { reader, clock, store, changeFeed } = await readerFixture()
    const missing = parseAccountId('missing')
    expect(await reader.get(missing)).toBeUndefined()
    await clock.advance(4_999)
    expect(reader.get(missing)).toBeUndefined()
    expect(store.count('get', 'accounts/missing')).toBe(1)
    await clock.advance(1)
    await reader.get(missing)
    expect(store.count('get', 'accounts/missing')).toBe(2)
    await putAccount(store, { ...sampleAccount(), accountId: missing })
    await changeFeed.append({ account: missing, revision: 1, revoked: [] })
    expect(await reader.get(missing)).toMatchObject({ revision: 1 })
  })

  it('holds as many accounts as fit, those last asked for', async () => {
    const { reader, store } = await readerFixture({ maxBytes: 4_000 })
    const ids = ['a', 'b', 'c', 'd'].map(parseAccountId)
    for (const id of ids) await putAccount(store, { ...sampleAccount(), accountId: id })
    const isHeld = (id: (typeof ids)[number]) => reader.get(id) instanceof AccountSnapshot
    for (const id of ids) await reader.get(id)
    expect(ids.map(isHeld)).toEqual([true, true, true, true])
    await reader.get(accountId)
    expect(ids.slice(1).map(isHeld)).toEqual([true, true, true])
    expect(reader.get(parseAccountId('a'))).toBeInstanceOf(Promise)
  })

  it('holds an account that is larger than the whole cache, alone', async () => {
    const { reader, reads } = await readerFixture({ maxBytes: 100 })
    await reader.get(accountId)
    expect(reader.get(accountId)).toBeInstanceOf(AccountSnapshot)
    expect(reads()).toBe(1)
  })
})
