import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  type Command,
  dropStaged,
  type ErrorCode,
  noteNothingFetched,
  notePlanFailure,
  type PlanChoices,
  parseRecordId,
  planSubject,
  promoteMappings,
  promoteStaged,
  requestByPlan,
  rollBack,
  setPlan,
  stageFetched,
  stageVersion,
  type UploadedVersion,
} from '../../src/index.ts'
import { certificateId, context, mappingId, request, uploaded, version } from '../account-fixtures.ts'
import { errorOf } from '../applying.ts'
import { accountWithPlan, certificateOf, position } from '../planned-accounts.ts'

const id = certificateId(1)
const now = Date.parse(context().at)
const choices: PlanChoices = { source: 'mounted', renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto' }
const next = version('next', '2031-01-01T00:00:00.000Z')

const fetched = (staged: UploadedVersion = uploaded('next'), replaces?: string) =>
  stageFetched(context(`f-${staged.versionId}`), id, {
    source: 'mounted',
    version: staged,
    replaces: replaces === undefined ? undefined : parseRecordId(replaces),
  })

function planned(...commands: readonly Command<unknown>[]): Account {
  return accountWithPlan(choices, ...commands)
}

describe('a plan with a source', () => {
  it('waits for its source, whatever the lifetime, and goes on with what has come from there', () => {
    const waiting = { state: 'idle', next: { step: 'fetch', at: Number.POSITIVE_INFINITY }, fetches: true, attempts: 0 }
    expect(position(planned(), Date.parse('2029-12-31T00:00:00.000Z'))).toEqual(waiting)
    const staged = planned(fetched())
    expect(position(staged)).toMatchObject({ state: 'staged', next: { step: 'test' }, fetches: true })
    expect(certificateOf(staged).plan?.fetched).toEqual({
      keyId: next.keyId,
      fingerprintSha256: next.fingerprintSha256,
    })
    const promoted = promoteStaged(context('pr'), id, { version: next, force: false })(staged).account
    expect(position(promoted)).toEqual(waiting)
  })

  it('takes what is newer in the place of what it has staged, until a mapping presents that', () => {
    const staged = planned(fetched())
    const newer = fetched(uploaded('newer'), next.keyId)(staged).account
    expect(certificateOf(newer).staged).toMatchObject({ versionId: 'newer' })
    const promotion = { version: next, force: false }
    const some = promoteMappings(context('s'), id, [mappingId(10)], promotion)(staged).account
    expect(position(some)).toMatchObject({ state: 'promoting' })
    expect(position(some)?.fetches).toBeUndefined()
    expect(errorOf(() => fetched(uploaded('newer'), next.keyId)(some))).toMatchObject({ code: 'PROMOTION_UNDERWAY' })
  })

  it('leaves alone what a person has staged', () => {
    const byHand = planned(stageVersion(context('x'), id, uploaded('other')))
    expect(position(byHand)).toEqual({ state: 'staged', waitsFor: 'promotion', attempts: 0 })
    expect(errorOf(() => fetched()(byHand))).toMatchObject({ code: 'VERSION_CHANGED' })
    const other = { ...choices, source: 'other' }
    const changed = planned(setPlan(context('o'), id, other))
    expect(errorOf(() => fetched()(changed))).toMatchObject({ code: 'VERSION_CHANGED' })
  })

  it('fetches again after a failure, sooner or later, until its source has what is known', () => {
    const code = 'SOURCE_HALF_WRITTEN'
    const of = planSubject(certificateOf(planned()))
    const failed = planned(notePlanFailure(context('x'), id, { step: 'fetch', of, code, ordersAnew: false }))
    expect(position(failed)).toMatchObject({ state: 'idle', next: { step: 'fetch' }, attempts: 1 })
    const at = position(failed)?.next?.at ?? 0
    expect(at).toBeGreaterThan(now)
    expect(at).toBeLessThanOrEqual(now + 60_000)
    const over = noteNothingFetched(context('n'), id)(failed).account
    expect(certificateOf(over).plan).toEqual({ ...choices, setBy: 'tester' })
    expect(position(over)?.next?.at).toBe(Number.POSITIVE_INFINITY)
  })

  it('keeps what has failed to be fetched apart from what else has failed', () => {
    const failed = (step: 'fetch' | 'test' | 'promote', code: ErrorCode, change: string) => (account: Account) =>
      notePlanFailure(context(change), id, {
        ...{ step, code, ordersAnew: false },
        of: planSubject(certificateOf(account)),
      })(account)
    const tested = planned(
      fetched(),
      failed('test', 'STAGED_PROBE_FAILED', 'a'),
      failed('fetch', 'SOURCE_OLDER', 'b'),
      failed('test', 'STAGED_PROBE_FAILED', 'c'),
      failed('fetch', 'SOURCE_OLDER', 'd'),
    )
    expect(position(tested)).toMatchObject({ next: { step: 'test' }, attempts: 2 })
    expect(certificateOf(tested).plan).toMatchObject({
      failure: { step: 'test', attempts: 2 },
      fetchFailure: { step: 'fetch', attempts: 2 },
    })
    expect(certificateOf(noteNothingFetched(context('n'), id)(tested).account).plan).toMatchObject({
      failure: { step: 'test', attempts: 2 },
    })
    const differs = planned(
      fetched(),
      failed('promote', 'NEXT_VERSION_DIFFERS', 'e'),
      failed('fetch', 'SOURCE_OLDER', 'f'),
    )
    expect(certificateOf(differs).plan?.failure).toMatchObject({ code: 'NEXT_VERSION_DIFFERS' })
  })

  it('waits for a person after a rollback, or for something newer', () => {
    const promoted = planned(fetched(), promoteStaged(context('q'), id, { version: next, force: false }))
    const newer = { ...certificateOf(promoted), current: { ...next, createdAt: '2026-01-03T00:00:00.000Z' } }
    const back = rollBack(context('b'), id, version('v1'))({ ...promoted, certificates: [newer] }).account
    expect(position(back)).toMatchObject({ state: 'idle', waitsFor: 'rollback', fetches: true })
  })

  it('can follow one with an issuer, and the other way round', () => {
    const csrId = parseRecordId('csr')
    const { source: _, ...rest } = choices
    const ordered = planned(
      setPlan(context('i'), id, { ...rest, profile: 'vault' }),
      requestByPlan(context('r'), id, { request: request('key'), csrId, replaces: undefined }),
    )
    expect(position(ordered)).toMatchObject({ next: { step: 'order' } })
    const sourced = setPlan(context('s'), id, choices)(ordered).account
    expect(certificateOf(sourced).plan).toEqual({ ...choices, setBy: 'tester' })
    // Nobody could sign the request of the order any more.
    expect(position(sourced)).toMatchObject({ state: 'idle', fetches: true })
    expect(certificateOf(sourced)).not.toHaveProperty('staged')
    const staged = planned(fetched())
    const issued = setPlan(context('t'), id, { ...rest, profile: 'vault' })(staged).account
    expect(certificateOf(issued).plan).toEqual({ ...rest, profile: 'vault', setBy: 'tester' })
    expect(position(issued)).toMatchObject({ state: 'staged', waitsFor: 'promotion' })
  })

  it('takes what was dropped again once it is set anew', () => {
    const dropped = planned(fetched(), dropStaged(context('d'), id))
    expect(certificateOf(dropped).plan?.fetched).toBeDefined()
    expect(certificateOf(setPlan(context('e'), id, choices)(dropped).account).plan).toEqual({
      ...choices,
      setBy: 'tester',
    })
  })
})
