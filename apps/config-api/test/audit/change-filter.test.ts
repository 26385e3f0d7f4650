import { describe, expect, it } from '@jest/globals'
import type { ChangeQuery } from '@mtls-gateway/contract'
import { auditedActor, type Change, parseRecordId } from '@mtls-gateway/domain'
import { changeFilter } from '../../src/audit/change-filter.ts'

const change: Change = {
  changeId: parseRecordId('c'),
  revision: 7,
  at: '2026-02-01T09:30:00.000Z',
  actor: 'issuer#alice',
  address: '192.0.2.1',
  action: 'mappings.update',
  subjects: ['4569253110 Bank token', '17 other'],
  subjectCount: 2,
}

const isAskedFor = (query: ChangeQuery) => changeFilter(query).isAskedFor?.(change)

describe('a change', () => {
  it.each<[ChangeQuery]>([
    [{}],
    [{ actor: 'issuer#alice' }],
    [{ action: 'mappings.update' }],
    [{ action: 'mappings.*' }],
    [{ action: '*' }],
    [{ subject: 'bank TOKEN' }],
    [{ subject: '4569253110' }],
    [{ subject: 'other' }],
    [{ since: '2026-02-01T09:30:00Z', until: '2026-02-01T09:30:00.001Z' }],
    [{ since: '2026-02-01T10:30:00+01:00', actor: 'issuer#alice', action: 'mappings.*', subject: 'bank' }],
  ])('is asked for by %j', (query) => {
    expect(isAskedFor(query)).toBe(true)
  })

  it.each<[ChangeQuery]>([
    [{ actor: 'issuer#ali' }],
    [{ action: 'mappings' }],
    [{ action: 'certificates.*' }],
    [{ subject: 'token other' }],
    [{ since: '2026-02-01T09:30:00.001Z' }],
    [{ until: '2026-02-01T09:30:00Z' }],
    [{ actor: 'issuer#alice', action: 'mappings.delete' }],
  ])('is not asked for by %j', (query) => {
    expect(isAskedFor(query)).toBe(false)
  })

  it('of many is asked for by any subject, as it names the first few alone', () => {
    const ofMany: Change = { ...change, subjectCount: 1_000 }
    expect(changeFilter({ subject: '2628739923' }).isAskedFor?.(ofMany)).toBe(true)
    expect(changeFilter({ subject: '2628739923', action: 'certificates.*' }).isAskedFor?.(ofMany)).toBe(false)
  })

  it('is asked for by the whole subject of a token, of which it has the beginning', () => {
    const subject = `https://login.example#${'a'.repeat(1_000)}`
    const ofIt: Change = { ...change, actor: auditedActor(subject) }
    expect(changeFilter({ actor: subject }).isAskedFor?.(ofIt)).toBe(true)
    expect(changeFilter({ actor: subject.slice(0, 200) }).isAskedFor?.(ofIt)).toBe(false)
  })

  it('is too old for all before it only if none of them can be in time', () => {
    const isTooOld = (since: string) => changeFilter({ since }).isTooOld?.(change)
    expect(isTooOld('2026-02-01T09:30:00Z')).toBe(false)
    // One that was asked for before it may have waited less, and be made before it.
    expect(isTooOld('2026-02-01T09:39:59Z')).toBe(false)
    expect(isTooOld('2026-02-01T09:41:00Z')).toBe(true)
    expect(changeFilter({}).isTooOld?.(change)).toBe(false)
  })
})
