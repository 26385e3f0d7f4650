import { describe, expect, it } from '@jest/globals'
import { CodedError } from '@mtls-gateway/domain'
import { recordPath } from '@mtls-gateway/secret-store'
import type { RecordName } from '../../src/index.ts'
import { addMapping } from '../commands.ts'
import { ManualClock } from '../manual-clock.ts'
import { accountId, newId } from '../sample-account.ts'
import { writerFixture } from '../writer-fixture.ts'

const secret = { secret: 's' }
const pathOf = ({ kind, id }: RecordName) => recordPath(kind, accountId, id)
const newSecret = (): RecordName => ({ kind: 'app-keys', accountId, id: newId() })

describe('records of a change', () => {
  it('that were written for it stay when it is made, and what it drops goes', async () => {
    const { writer, store } = writerFixture()
    const [written, dropped] = [newSecret(), newSecret()]
    for (const { kind, id } of [written, dropped]) await writer.records.put(kind, accountId, id, secret)
    const changeId = newId()
    await writer.change(accountId, changeId, addMapping(changeId, 1), {
      written: [written],
      dropped: (before) => (before === 0 ? [dropped] : []),
    })
    expect([await store.exists(pathOf(written)), await store.exists(pathOf(dropped))]).toEqual([true, false])
  })

  it('that were written for it go where it is refused, and nothing is dropped', async () => {
    const { writer, store } = writerFixture()
    const [written, kept] = [newSecret(), newSecret()]
    for (const { kind, id } of [written, kept]) await writer.records.put(kind, accountId, id, secret)
    const refusal = new CodedError('MAPPING_NAME_TAKEN', 'The name is taken.')
    const refused = () => {
      throw refusal
    }
    const change = writer.change(accountId, newId(), refused, { written: [written], dropped: () => [kept] })
    await expect(change).rejects.toBe(refusal)
    expect([await store.exists(pathOf(written)), await store.exists(pathOf(kept))]).toEqual([false, true])
  })

  it('stay where it is not known whether it was made', async () => {
    const clock = new ManualClock()
    const { writer, store } = writerFixture({ clock })
    const written = newSecret()
    await writer.records.put(written.kind, accountId, written.id, secret)
    store.intercept((operation) => (operation === 'put' ? 'unavailable' : undefined))
    const changeId = newId()
    const change = writer
      .change(accountId, changeId, addMapping(changeId, 1), { written: [written] })
      .catch((error: unknown) => error)
    await clock.advance(11_000)
    expect(await change).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { outcome: 'unknown' } })
    store.comeBack()
    expect(await store.exists(pathOf(written))).toBe(true)
  })
})
