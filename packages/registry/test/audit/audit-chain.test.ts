import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Change, parseRecordId } from '@mtls-gateway/domain'
import { accountPath, recordPath, type SecretPath, type SecretValue } from '@mtls-gateway/secret-store'
import { checkAudit } from '../../src/maintenance/audit-check.ts'
import { accountId, newId, sampleAccount, sampleChange } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

type Fixture = ReturnType<typeof writerFixture>

/** A change of nothing but the account's revision. */
async function change({ writer }: Fixture) {
  const changeId = newId()
  await writer.change(accountId, changeId, (account) => {
    const revision = account.revision + 1
    const changes = [...account.changes, sampleChange(revision, changeId)]
    return { account: { ...account, revision, changes }, result: undefined, revoked: [] }
  })
}

/** 301 changes are two segments, and 101 in the account. */
const fixture = writerFixture()
let restore: () => void

beforeAll(async () => {
  for (let n = 0; n < 301; n++) await change(fixture)
  restore = fixture.store.backup()
})
beforeEach(() => restore())

const segment = (first: number) => recordPath('audit', accountId, parseRecordId(String(first)))

/** As whoever may write to the store can. */
async function tamper(path: SecretPath, edit: (changes: Change[]) => Change[]) {
  const { store } = fixture
  const { value, version } = (await store.get(path)) ?? { value: {}, version: 0 }
  await store.put(path, { ...value, changes: edit(value.changes as Change[]) } as SecretValue, version)
}

describe('the chain of an audit trail', () => {
  it('goes through the account and its segments', async () => {
    expect(await checkAudit(fixture.store, accountId)).toEqual({
      ...{ accountId, entries: 301, from: 1, to: 301, unchained: 0, fault: undefined },
    })
  })

  it('goes on after an older release has written', async () => {
    const upgraded = writerFixture()
    const { store, writer } = upgraded
    const changes = Array.from({ length: 3 }, (_, n) => sampleChange(n + 1))
    await putAccount(store, sampleAccount({ revision: 3, changes }))
    await change(upgraded)
    const { changes: held } = await writer.read(accountId)
    await putAccount(store, sampleAccount({ revision: 5, changes: [...held, sampleChange(5)] }))
    await change(upgraded)
    expect(await checkAudit(store, accountId)).toMatchObject({ entries: 6, unchained: 4, fault: undefined })
  })

  it.each([
    {
      what: 'an entry is removed from a segment',
      edit: (changes: Change[]) => changes.filter(({ revision }) => revision !== 142),
      fault: { revision: 142, finding: 'missing' },
    },
    {
      what: 'an entry of a segment is changed',
      edit: (changes: Change[]) => changes.map((each) => (each.revision === 142 ? { ...each, actor: 'nobody' } : each)),
      fault: { revision: 142, finding: 'changed' },
    },
    {
      what: 'two entries are exchanged',
      edit: (changes: Change[]) =>
        changes.map((each) => {
          if (each.revision === 142) return { ...(changes[42] as Change), revision: 142 }
          return each.revision === 143 ? { ...(changes[41] as Change), revision: 143 } : each
        }),
      fault: { revision: 142, finding: 'changed' },
    },
  ])('shows that $what', async ({ edit, fault }) => {
    await tamper(segment(101), edit)
    expect((await checkAudit(fixture.store, accountId)).fault).toEqual(fault)
  })

  it('shows that a segment is missing between others, and names the first entry of it', async () => {
    await fixture.store.purge(segment(101))
    expect((await checkAudit(fixture.store, accountId)).fault).toEqual({ revision: 101, finding: 'missing' })
  })

  it('begins later where the oldest segments are gone', async () => {
    await fixture.store.purge(segment(1))
    expect(await checkAudit(fixture.store, accountId)).toMatchObject({ from: 101, entries: 201, fault: undefined })
  })

  it('shows that the account is missing to which segments belong', async () => {
    await fixture.store.purge(accountPath(accountId))
    expect(await checkAudit(fixture.store, accountId)).toMatchObject({
      ...{ from: 1, to: 0, fault: { revision: 201, finding: 'missing' } },
    })
  })

  it('shows that the newest entries are missing, and names the first of them', async () => {
    const account = await fixture.writer.read(accountId)
    await putAccount(fixture.store, { ...account, changes: account.changes.slice(0, -3) })
    expect((await checkAudit(fixture.store, accountId)).fault).toEqual({ revision: 299, finding: 'missing' })
  })

  it('shows that the newest entry is missing', async () => {
    const account = await fixture.writer.read(accountId)
    await putAccount(fixture.store, { ...account, changes: account.changes.slice(0, -1) })
    expect((await checkAudit(fixture.store, accountId)).fault).toEqual({ revision: 301, finding: 'missing' })
  })
})
