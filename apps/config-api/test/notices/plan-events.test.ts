import { describe, expect, it } from '@jest/globals'
import type { Account, Certificate, Mapping } from '@mtls-gateway/domain'
import { emptyAccount, parseAccountId } from '@mtls-gateway/domain'
import { planEvents } from '../../src/plan-notices/plan-events.ts'

const accountId = parseAccountId('le123')
const now = Date.parse('2026-01-02T03:04:05.000Z')
const version = (versionId: string) => ({
  versionId,
  keyId: `key-${versionId}`,
  fingerprintSha256: versionId,
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2026-03-01T00:00:00.000Z',
  createdAt: '2026-01-01T00:00:00.000Z',
})
const choices = { profile: 'p', renewAt: 0.66, test: 'auto', promote: 'manual', rollBack: 'auto' }

/** Only what events depend on. */
const certificate = (id: number, parts: object) =>
  ({ id, name: `c${id}`, current: version('v1'), plan: choices, ...parts }) as unknown as Certificate
const mapping = (id: number, promotion: object) =>
  ({ id, name: `m${id}`, url: `https://t.example/${id}`, certificateId: 1, promotion }) as unknown as Mapping
const account = (parts: Partial<Account>): Account => ({ ...emptyAccount(accountId), ...parts })

const staged = { ...version('v2'), keyId: 'made', probe: { ok: true } }
const waiting = (id: number) =>
  certificate(id, { staged, plan: { ...choices, order: { keyId: 'made', csrId: 'csr' } } })
const failure = { step: 'request', of: 'v1', code: 'ISSUER_UNREACHABLE', at: '2026-01-02T03:00:00.000Z' }
const failing = (attempts: number, id = 1, parts: object = {}) =>
  certificate(id, { plan: { ...choices, failure: { ...failure, attempts, ...parts } } })
const typesOf = (of: Partial<Account>) => planEvents(account(of), now).map(({ type }) => type)

describe('what recipients are told of renewals', () => {
  it('is who has to do something, and what keeps failing', () => {
    expect(planEvents(account({ certificates: [waiting(1)] }), now)).toEqual([
      {
        type: 'plan.waiting',
        id: expect.stringMatching(/^[\w-]{22}$/),
        accountId,
        data: { accountId, certificateId: 1, name: 'c1', waitsFor: 'promotion' },
        sentence: 'The renewal of the certificate `c1` (1) waits for a person. Promote what is staged, or drop it.',
      },
    ])
    expect(typesOf({ certificates: [certificate(1, {}), certificate(2, { plan: undefined })] })).toEqual([])
    const byHand = (createdAt: string) => certificate(1, { staged: { ...staged, keyId: 'by-hand', createdAt } })
    expect(typesOf({ certificates: [byHand('2026-01-02T03:00:00.000Z')] })).toEqual([])
    expect(typesOf({ certificates: [byHand('2026-01-02T02:00:00.000Z')] })).toEqual(['plan.waiting'])
    expect(typesOf({ certificates: [failing(2)] })).toEqual([])
    expect(typesOf({ certificates: [failing(3)] })).toEqual(['plan.failed'])
  })

  it('is the same fact as long as it holds', () => {
    const idOf = (attempts: number) => planEvents(account({ certificates: [failing(attempts)] }), now)[0]?.id
    expect(idOf(3)).toBe(idOf(40))
  })

  it('is which mapping went back by itself, or was left, and none that a person took back', () => {
    const since = '2026-01-02T00:00:00.000Z'
    const mappings = [
      mapping(1, { state: 'rolledBack', version: 'v1', code: 'SOCKET_CLOSED', since }),
      mapping(2, { state: 'presents', version: 'v1', code: 'ECONNRESET', since }),
      mapping(3, { state: 'rolledBack', version: 'v1' }),
      // This version is gone.
      mapping(4, { state: 'presents', version: 'v0', code: 'ECONNRESET' }),
    ]
    const events = planEvents(account({ certificates: [certificate(1, {})], mappings }), now)
    expect(events.map(({ type, data }) => ({ type, ...data }))).toMatchObject([
      { type: 'mapping.rolled-back', mappingId: 1, url: 'https://t.example/1', code: 'SOCKET_CLOSED' },
      { type: 'plan.failed', mappingId: 2, code: 'ECONNRESET' },
    ])
  })

  it('is their number where there are many, told again when it has doubled', () => {
    const many = (count: number) =>
      planEvents(account({ certificates: Array.from({ length: count }, (_, index) => waiting(index + 1)) }), now)
    expect(many(30)).toHaveLength(30)
    expect(many(31)).toMatchObject([{ type: 'plan.waiting', sentence: '31 renewals wait for a person.' }])
    expect(many(33)[0]?.id).toBe(many(60)[0]?.id)
    expect(many(33)[0]?.id).not.toBe(many(70)[0]?.id)
  })

  it('is their number again on each day on which there is another one', () => {
    const idOf = (certificates: readonly Certificate[], mappings: readonly Mapping[] = []) => {
      const [event, ...others] = planEvents(account({ certificates, mappings }), now)
      expect(others).toEqual([])
      return event?.id
    }
    const ids = Array.from({ length: 40 }, (_, index) => index + 1)
    const [yesterday, today] = ['2026-01-01T12:00:00.000Z', '2026-01-02T01:00:00.000Z']
    const waits = ids.map(waiting)
    const next = { ...waiting(41), staged: { ...staged, createdAt: today } } as Certificate
    expect(idOf([...waits, next])).not.toBe(idOf(waits))
    expect(idOf([...waits, next, { ...next, id: 42 } as unknown as Certificate])).toBe(idOf([...waits, next]))

    const fails = ids.map((id) => failing(5, id, { since: yesterday }))
    const again = ids.map((id) => failing(6, id, { since: yesterday, at: today }))
    expect(idOf(again)).toBe(idOf(fails))
    expect(idOf([...fails, failing(3, 41, { since: today })])).not.toBe(idOf(fails))

    const back = (id: number, since: string) =>
      mapping(id, { state: 'rolledBack', version: 'v1', code: 'SOCKET_CLOSED', since })
    const mappings = ids.map((id) => back(id, yesterday))
    const idle = [certificate(1, {})]
    expect(idOf(idle, [...mappings, back(41, today)])).not.toBe(idOf(idle, mappings))
  })
})
