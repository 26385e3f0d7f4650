import { describe, expect, it } from '@jest/globals'
import { type Account, parseAccountId } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import type { SecretValue } from '@mtls-gateway/secret-store'
import { encodeAccount, readAccount } from '../../src/format/account-codec.ts'
import {
  accountId,
  largeAccount,
  pendingCertificate,
  sampleAccount,
  sampleAppKey,
  sampleCertificate,
  sampleHandover,
  sampleInvitation,
  sampleMapping,
  withPrevious,
} from '../sample-account.ts'
import { decodeAccount } from '../writer-fixture.ts'

const slices = new TimeSlices()
const damaged = { name: 'StoreError', reason: 'damaged' }
const small = sampleAccount({ certificates: [sampleCertificate('c1', 1)], mappings: [sampleMapping()] })
const large = largeAccount({ certificates: 10, mappings: 400 })

const emptyLarge = {
  format: 1,
  encoding: 'brotli-blocks',
  account: { accountId, revision: 1 },
  counts: [0, 0, 0, 0],
  blocks: { certificates: [], mappings: [], appKeys: [], changes: [] },
}

/** Through JSON, as a store does. */
async function stored(account: Account): Promise<SecretValue> {
  return JSON.parse(JSON.stringify(await encodeAccount(account, slices)))
}

describe('the stored form of an account', () => {
  it('is readable JSON up to 64 KiB', async () => {
    const value = await stored(small)
    expect(value).toEqual({ format: 1, account: small })
    expect(await decodeAccount(value, accountId, slices)).toEqual(small)
  })

  it('is compressed above 64 KiB', async () => {
    const value = await stored(large)
    const { accountId, revision } = large
    expect(value).toEqual({
      format: 1,
      encoding: 'brotli-blocks',
      account: { accountId, revision },
      salt: expect.stringMatching(/^[\w+/]{22}==$/),
      counts: [10, 400, 50, 200],
      blocks: {
        certificates: expect.any(Array),
        mappings: expect.any(Array),
        appKeys: expect.any(Array),
        changes: expect.any(Array),
      },
    })
    expect(JSON.stringify(value).length).toBeLessThan(JSON.stringify(large).length / 2)
    expect(await decodeAccount(value, accountId, slices)).toEqual(large)
  })

  it('is read in blocks without a record too, so that each refusal below has one reason', async () => {
    expect(await decodeAccount(emptyLarge, accountId, slices)).toEqual(sampleAccount({ changes: [] }))
  })

  it('is read for calls without its changes where it is large', async () => {
    const value = await stored(large)
    const { blocks } = value as { blocks: object }
    const damagedChanges = { ...value, blocks: { ...blocks, changes: ['AAAA'] } }
    const names = ['certificates', 'mappings', 'appKeys'] as const
    const { account } = await readAccount(damagedChanges, accountId, slices, { names })
    expect(account).toEqual({ ...large, changes: [] })
  })

  it('is read for its app keys, invitations and handovers without anything else where it is large', async () => {
    const handovers = large.certificates.slice(0, 1).map(({ id }) => sampleHandover(id))
    const credentials = { appKeys: large.appKeys, invitations: [sampleInvitation()], handovers }
    const value = await stored({ ...large, ...credentials })
    const { blocks } = value as { blocks: object }
    const unread = { certificates: ['AAAA'], mappings: ['AAAA'], changes: ['AAAA'] }
    const options = { names: ['appKeys'] as const }
    const read = async (document: SecretValue) => (await readAccount(document, accountId, slices, options)).account
    expect(await read({ ...value, blocks: { ...blocks, ...unread } })).toMatchObject(credentials)
    const few = { appKeys: [sampleAppKey()], invitations: [sampleInvitation()] }
    expect(await read(await stored({ ...small, ...few }))).toMatchObject(few)
    expect((await read(await stored(small))).invitations).toBeUndefined()
    await expect(readAccount(value, parseAccountId('other'), slices, options)).rejects.toMatchObject(damaged)
  })

  it('keeps names beyond ASCII and line breaks inside of values', async () => {
    const mappings = [...large.mappings, sampleMapping({ name: 'Müller & 株式会社\n\u2028' })]
    const account = { ...large, mappings }
    expect(await decodeAccount(await stored(account), accountId, slices)).toEqual(account)
  })

  it('keeps what waits for a signature, what is staged and what came before', async () => {
    const certificates = [pendingCertificate('c1'), withPrevious(sampleCertificate('c2'))]
    const account = { ...small, certificates }
    expect(await decodeAccount(await stored(account), accountId, slices)).toEqual(account)
  })

  it.each([
    ['a format that there never was', { format: 0, account: small }],
    ['a format that is no number', { format: '2', account: small }],
    ['an unknown encoding', { ...emptyLarge, encoding: 'zstd' }],
    ['no account', { format: 1 }],
    ['a revision that is no number', { format: 1, account: { ...small, revision: '1' } }],
    ['a revision that no change made', { format: 1, account: { ...small, revision: 0 } }],
    ['a list that is missing', { format: 1, account: { ...small, mappings: undefined } }],
    ['a record that is no object', { format: 1, account: { ...small, appKeys: ['k'] } }],
    ['bytes that are not brotli', { ...emptyLarge, blocks: { ...emptyLarge.blocks, mappings: ['AAAA'] } }],
    ['no blocks', { ...emptyLarge, blocks: undefined }],
    ['a list without blocks', { ...emptyLarge, blocks: {} }],
    ['no counts', { ...emptyLarge, counts: undefined }],
    ['a block that is missing', { ...emptyLarge, counts: [0, 1, 0, 0] }],
    ['blocks of no account', { ...emptyLarge, account: undefined }],
  ])('is refused as damaged with %s', async (_what, value) => {
    await expect(decodeAccount(value, accountId, slices)).rejects.toMatchObject(damaged)
  })

  it('is refused as damaged where it is that of another account', async () => {
    const other = parseAccountId('other')
    await expect(decodeAccount(await stored(small), other, slices)).rejects.toMatchObject(damaged)
    await expect(decodeAccount(await stored(large), other, slices)).rejects.toMatchObject(damaged)
  })
})
