import { describe, expect, it } from '@jest/globals'
import { type Certificate, parseAccountId } from '@mtls-gateway/domain'
import { recordPath, type SecretPath } from '@mtls-gateway/secret-store'
import { collectGarbage } from '../../src/index.ts'
import { accountId, newId, sampleAccount, sampleCertificate, withPrevious } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

const dayMs = 86_400_000
const now = () => Date.parse('2026-06-01T00:00:00.000Z')

/** An account with a certificate that was replaced so many days ago. */
async function replacedFor(days: number) {
  const fixture = writerFixture()
  const { previous, ...certificate } = withPrevious(sampleCertificate('c1', 1))
  if (!previous) throw new Error('it was replaced')
  const replacedAt = new Date(now() - days * dayMs).toISOString()
  const replaced: Certificate = { ...certificate, previous: { ...previous, replacedAt } }
  await putAccount(fixture.store, sampleAccount({ certificates: [replaced] }))
  const paths: SecretPath[] = [
    recordPath('keys', accountId, previous.keyId),
    recordPath('chains', accountId, previous.versionId),
  ]
  for (const path of paths) await fixture.store.put(path, {}, 0)
  const there = () => Promise.all(paths.map((path) => fixture.store.exists(path)))
  return { ...fixture, there, replaced }
}

describe('the previous version of a certificate', () => {
  it('is kept for 30 days', async () => {
    const { store, writer, there } = await replacedFor(29.9)
    expect(await collectGarbage({ store, writer, now })).toMatchObject({ previousVersions: 0, problems: [] })
    expect(await there()).toEqual([true, true])
    expect((await writer.read(accountId)).revision).toBe(1)
  })

  it('is forgotten then, by a change like any other, and its key and chain go at once', async () => {
    const { store, writer, changeFeed, there } = await replacedFor(30.1)
    expect(await collectGarbage({ store, writer, now })).toMatchObject({ previousVersions: 1, problems: [] })
    expect(await there()).toEqual([false, false])
    const account = await writer.read(accountId)
    expect(account.certificates[0]).not.toHaveProperty('previous')
    expect(account.changes.at(-1)).toMatchObject({ action: 'certificates.drop-old-previous', actor: 'gateway' })
    expect(changeFeed.appended).toMatchObject([{ account: accountId, revision: 2, revoked: [] }])
  })

  it('is only counted by a dry run, and stays where no changes are made', async () => {
    const { store, writer, there } = await replacedFor(31)
    expect(await collectGarbage({ store, writer, now, dryRun: true })).toMatchObject({ previousVersions: 1 })
    expect(await collectGarbage({ store, now })).toMatchObject({ previousVersions: 0 })
    expect(await there()).toEqual([true, true])
  })

  it('is counted for each account, although several are looked at at once', async () => {
    const { store, writer, replaced } = await replacedFor(31)
    const others = ['a', 'b', 'c'].map(parseAccountId)
    for (const other of others) {
      await putAccount(store, sampleAccount({ accountId: other, certificates: [replaced] }))
      await store.put(recordPath('keys', other, newId()), {}, 0)
    }
    expect(await collectGarbage({ store, writer, now, dryRun: true })).toMatchObject({ previousVersions: 4 })
  })
})
