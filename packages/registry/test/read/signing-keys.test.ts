import { describe, expect, it } from '@jest/globals'
import { type Account, parseAccountId, parseRecordId, type SigningKey } from '@mtls-gateway/domain'
import { PublishedKeyReader } from '../../src/index.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId } from '../sample-account.ts'

const at = '2026-01-01T00:00:00.000Z'
const keyOf = (kid: string, times: Pick<SigningKey, 'activatedAt' | 'retiredAt'>): SigningKey => ({
  ...{ kid: parseRecordId(kid), use: 'client-authentication', algorithm: 'ES256', createdAt: at, createdBy: 'a' },
  ...{ jwk: { kty: 'EC' }, ...times },
})
const signingKeys = [
  keyOf('before', { activatedAt: at, retiredAt: at }),
  keyOf('now', { activatedAt: at }),
  keyOf('next', {}),
]

describe('signing keys', () => {
  it('are known to calls as far as they sign, and their private parts with them', async () => {
    const { reader, write } = await readerFixture()
    await write(2, { signingKeys })
    const account = await reader.get(accountId)
    expect(account?.signingKey('client-authentication')?.kid).toBe('now')
    expect(account?.signingKey('message-signature')).toBeUndefined()
    expect([...(account?.targetSecretIds ?? [])]).toEqual(['now'])
  })

  it('are for everybody where the account says so, and read once for all who ask', async () => {
    let reads = 0
    let account: Pick<Account, 'signingKeys' | 'settings'> = { signingKeys }
    const published = new PublishedKeyReader(async () => {
      reads++
      return account
    })
    expect(await Promise.all([published.of(accountId), published.of(accountId)])).toEqual([undefined, undefined])
    expect(reads).toBe(1)
    account = { signingKeys, settings: { unmappedCalls: 'plain', publishKeys: true } }
    while ((await published.of(accountId)) === undefined) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await published.of(accountId)).toEqual(signingKeys)
    expect(reads).toBeLessThan(10)
  })

  it('are told to whoever asked, however many other accounts are asked for meanwhile', async () => {
    const read = Promise.withResolvers<Pick<Account, 'signingKeys' | 'settings'>>()
    const published = new PublishedKeyReader(() => read.promise)
    const asked = published.of(accountId)
    const others = Array.from({ length: 1_500 }, (_, i) => published.of(parseAccountId(`other${i}`)))
    read.resolve({ signingKeys, settings: { unmappedCalls: 'plain', publishKeys: true } })
    expect(await asked).toEqual(signingKeys)
    for (const other of await Promise.all(others)) expect(other).toEqual(signingKeys)
  })

  it('are asked for again where the store did not answer', async () => {
    let isAway = true
    const published = new PublishedKeyReader(async () => {
      if (isAway) throw new Error('away')
      return { settings: { unmappedCalls: 'plain', publishKeys: true } }
    })
    await expect(published.of(accountId)).rejects.toThrow('away')
    isAway = false
    expect(await published.of(accountId)).toEqual([])
  })
})
