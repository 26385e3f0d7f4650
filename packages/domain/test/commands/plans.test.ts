import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  acceptedByPlan,
  type CertificateVersion,
  type Command,
  completeRequest,
  createCertificates,
  createMappings,
  dropStaged,
  notePlanFailure,
  notePlanOrder,
  type PlanChoices,
  parseRecordId,
  planPosition,
  planSubject,
  promoteMappings,
  promoteStaged,
  recordProbe,
  removePlan,
  renewNow,
  requestByPlan,
  requestCertificate,
  rollBack,
  rollBackMappings,
  setPlan,
  stageVersion,
} from '../../src/index.ts'
import {
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  request,
  uploaded,
  version,
} from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'
import { accountWithPlan, certificateOf, position } from '../planned-accounts.ts'

const id = certificateId(1)
const [first, second] = [mappingId(10), mappingId(11)]
const now = Date.parse(context().at)
const choices: PlanChoices = { profile: 'vault', renewAt: 0.5, test: 'auto', promote: 'auto', rollBack: 'auto' }
const csrId = parseRecordId('csr')
const key = parseRecordId('key')
const next: CertificateVersion = { ...version('next', '2031-01-01T00:00:00.000Z'), keyId: key }

const request1 = requestByPlan(context('r'), id, { request: request('key'), csrId, replaces: undefined })
const signed = completeRequest(context('s'), id, { place: 'staged', version: next })

function planned(part: Partial<PlanChoices> = {}, ...commands: readonly Command<unknown>[]): Account {
  return accountWithPlan({ ...choices, ...part }, ...commands)
}

const probed = (ok: readonly [boolean, boolean], change = 'probe') =>
  recordProbe(context(change), id, {
    versionId: next.versionId,
    revision: 3,
    ok: ok.every(Boolean),
    results: [first, second].map((mappingId, index) => ({
      url: `https://t.example/${mappingId}`,
      mappingId,
      ok: ok[index] ?? false,
      clientCertificate: ok[index] ? 'accepted' : 'refused',
    })),
  })

describe('a request that a plan has made', () => {
  it('ends with the plan, as nobody could sign it any more', () => {
    const removed = removePlan(context('x'), id)(planned({}, request1))
    expect(removed.account.certificates[0]).not.toHaveProperty('staged')
    expect(removed.result.dropped).toMatchObject({ keyId: 'key' })
    const order = { profile: 'vault', renewAt: 0.5, test: 'auto', promote: 'auto', rollBack: 'auto' } as const
    const plan = { ...order, order: { keyId: key, csrId } }
    const issued = after(requestCertificate(context(), { id, name: 'c1', request: request('key'), plan }))
    expect(errorOf(() => removePlan(context('x'), id)(issued)).code).toBe('CERTIFICATE_PENDING_SIGNATURE')
  })
})

describe('a plan after a rollback', () => {
  const promoted = planned({}, request1, signed, promoteStaged(context('q'), id, { version: next, force: false }))
  const back = rollBack(context('b'), id, version('v1'))(promoted).account

  it('waits for a person while the version in use is valid, and not once the rollback is undone', () => {
    const [certificate] = back.certificates
    expect(certificate && planPosition(certificate, [], now)).toMatchObject({ waitsFor: 'rollback' })
    const late = Date.parse('2035-01-01T00:00:00.000Z')
    expect(certificate && planPosition(certificate, [], late)).toMatchObject({ next: { step: 'request' } })
    const [again] = rollBack(context('c'), id, next)(back).account.certificates
    expect(again && planPosition(again, [], now)).toMatchObject({ next: { step: 'request' } })
  })
})

describe('the plan of a certificate', () => {
  it('is due at a share of the lifetime, spread by an hour at most', () => {
    const { state, next, attempts } = position(planned()) ?? {}
    expect({ state, step: next?.step, attempts }).toEqual({ state: 'idle', step: 'request', attempts: 0 })
    const half = (Date.parse('2020-01-01T00:00:00.000Z') + Date.parse('2030-01-01T00:00:00.000Z')) / 2
    expect(next?.at).toBeGreaterThanOrEqual(half)
    expect(next?.at).toBeLessThan(half + 3_600_000)
  })

  it('follows a renewal step by step', () => {
    const requested = planned({}, request1)
    expect(position(requested)).toMatchObject({ state: 'requested', next: { step: 'order', at: now } })
    const askAt = '2026-01-02T04:00:00.000Z'
    const pending = notePlanOrder(context('o'), id, { keyId: key, reference: 'order-1', askAt })(requested).account
    expect(position(pending)).toMatchObject({ state: 'ordered', next: { step: 'order', at: Date.parse(askAt) } })
    const staged = signed(pending).account
    expect(position(staged)).toMatchObject({ state: 'staged', next: { step: 'test' } })
    const tested = probed([true, true])(staged).account
    expect(position(tested)).toMatchObject({ state: 'tested', next: { step: 'promote' } })
    const promoted = promoteStaged(context('pr'), id, { version: next, force: false })(tested).account
    expect(position(promoted)).toMatchObject({ state: 'idle', next: { step: 'request' } })
    expect(certificateOf(promoted)).toMatchObject({ current: { versionId: 'next' }, plan: choices })
  })

  it.each<[string, Partial<PlanChoices>, readonly Command<unknown>[], string]>([
    ['a request of a person', {}, [stageVersion(context('x'), id, request('other'))], 'signature'],
    ['a version of a person', {}, [stageVersion(context('x'), id, uploaded('other'))], 'promotion'],
    ['a manual test', { test: 'manual' }, [request1, signed], 'test'],
    ['a manual promotion', { promote: 'manual' }, [request1, signed, probed([true, true])], 'promotion'],
    [
      'what was rolled back',
      {},
      [request1, signed, promoteStaged(context('q'), id, { version: next, force: false })],
      'rollback',
    ],
  ])('waits for a person: %s', (what, part, commands, waitsFor) => {
    let account = planned(part, ...commands)
    if (what === 'what was rolled back') {
      const newer = { ...certificateOf(account), current: { ...next, createdAt: '2026-01-03T00:00:00.000Z' } }
      account = rollBack(context('b'), id, version('v1'))({ ...account, certificates: [newer] }).account
    }
    expect(position(account)).toMatchObject({ waitsFor })
    expect(position(account)).not.toHaveProperty('next')
  })

  it('promotes target by target as they accept the next version, and waits for the others', () => {
    const account = planned({ promote: 'eachTarget' }, request1, signed, probed([true, false]))
    expect(position(account)).toMatchObject({ next: { step: 'promote' }, ready: [{ id: first }] })
    const promoted = promoteMappings(context('e'), id, [first], { version: next, force: true })(account).account
    expect(position(promoted)).toMatchObject({ state: 'promoting', next: { step: 'test' } })
    const accepted = probed([true, true], 'again')(promoted).account
    expect(position(accepted)).toMatchObject({ next: { step: 'promote' }, ready: [{ id: second }] })
    const back = rollBackMappings(context('f'), id, [first], undefined)(promoted).account
    expect(position(back)).toMatchObject({ next: { step: 'test' } })
    expect(position(planned({ promote: 'eachTarget', test: 'manual' }, request1, signed))).toMatchObject({
      waitsFor: 'owners',
    })
  })

  it('takes the word of a target for more than what its owner has said before', () => {
    const registered = (since: string) => (account: Account) => {
      const prepared = { version: next.versionId, state: 'registered', since } as const
      const mappings = account.mappings.map((mapping) => (mapping.id === first ? { ...mapping, prepared } : mapping))
      return { account: { ...account, mappings }, result: undefined, revoked: [] }
    }
    const [before, later] = ['2026-01-02T03:04:04.000Z', '2026-01-02T03:04:06.000Z']
    const each = { promote: 'eachTarget', test: 'manual' } as const
    const untested = planned(each, request1, signed, registered(before))
    expect(position(untested)).toMatchObject({ next: { step: 'promote' }, ready: [{ id: first }] })
    const refused = probed([false, true])(untested).account
    expect(position(refused)).toMatchObject({ next: { step: 'promote' }, ready: [{ id: second }] })
    const again = registered(later)(refused).account
    expect(position(again)).toMatchObject({ ready: [{ id: first }, { id: second }] })
    // A plan that has read what was before the probe comes too late.
    const byPlan = promoteMappings(context('e'), id, [first], { version: next, force: false, ifAccepted: true })
    for (const account of [untested, again]) expect(byPlan(account).account.mappings[0]?.pinned).toBe(next.versionId)
    expect(errorOf(() => byPlan(refused)).code).toBe('VERSION_CHANGED')
    const back = rollBackMappings(context('b'), id, [first], undefined)(byPlan(again).account).account
    expect(errorOf(() => byPlan(back)).code).toBe('VERSION_CHANGED')
  })

  it('tests a mapping that was made after the test before it promotes for that one', () => {
    const more = createMappings(context('more'), [newMapping(12, 'late', 1)])
    const account = planned({ promote: 'eachTarget' }, request1, signed, probed([true, true]), more)
    expect(position(account)).toMatchObject({ next: { step: 'promote' }, ready: [{ id: first }, { id: second }] })
    const promoted = promoteMappings(context('e'), id, [first, second], { version: next, force: false })(account)
    expect(position(promoted.account)).toMatchObject({ next: { step: 'test' } })
  })

  it('repeats a failed step after a minute, then after twice as long, and orders anew what can not be used', () => {
    let account = planned({}, request1)
    const of = planSubject(certificateOf(account))
    const moment = (index: number) => new Date(now + index).toISOString()
    const delays = Array.from({ length: 12 }, (_, index) => {
      const failed = { step: 'order', of, code: 'ISSUED_OTHER_KEY', ordersAnew: true } as const
      account = notePlanFailure({ ...context(`f${index}`), at: moment(index) }, id, failed)(account).account
      return ((position(account)?.next?.at ?? 0) - now) / 60_000
    })
    expect(delays[0]).toBeLessThanOrEqual(1)
    expect(delays[3]).toBeGreaterThan(5)
    expect(delays[11]).toBeLessThanOrEqual(360)
    expect(position(account)?.attempts).toBe(12)
    expect(certificateOf(account).plan).toMatchObject({
      order: { keyId: key, csrId, repeated: 12 },
      failure: { code: 'ISSUED_OTHER_KEY', since: moment(0), at: moment(11) },
    })
    const staged = signed(account).account
    expect(position(staged)).toMatchObject({ attempts: 0, next: { step: 'test', at: now } })
  })

  it('repeats sooner with a certificate that lives for minutes', () => {
    const short = { ...version('v1', '2026-01-02T03:05:05.000Z'), notBefore: '2026-01-02T03:03:05.000Z' }
    const account = planned({}, request1)
    const brief = { ...account, certificates: [{ ...certificateOf(account), current: short }] }
    const failed = { step: 'order', of: key, code: 'ISSUER_UNREACHABLE', ordersAnew: false } as const
    expect((position(notePlanFailure(context('f'), id, failed)(brief).account)?.next?.at ?? 0) - now).toBeLessThan(
      1_001,
    )
  })

  it('repeats ever more rarely what goes on failing when such a certificate has expired', () => {
    const short = { ...version('v1', '2026-01-02T03:05:05.000Z'), notBefore: '2026-01-02T03:03:05.000Z' }
    let account: Account = planned({}, request1)
    account = { ...account, certificates: [{ ...certificateOf(account), current: short }] }
    let [at, attempts] = [now, 0]
    for (; at < now + 86_400_000 && attempts < 1_000; attempts++) {
      const failed = { step: 'order', of: key, code: 'ISSUER_REFUSED', ordersAnew: false } as const
      const noted = { ...context(`f${attempts}`), at: new Date(at).toISOString() }
      account = notePlanFailure(noted, id, failed)(account).account
      at = position(account, at)?.next?.at ?? 0
    }
    expect(attempts).toBeLessThan(60)
  })

  it('has a person look at differences', () => {
    const account = planned({}, request1, signed, probed([true, true]))
    const failed = { step: 'promote', of: key, code: 'NEXT_VERSION_DIFFERS', ordersAnew: false } as const
    expect(position(notePlanFailure(context('f'), id, failed)(account).account)).toMatchObject({
      waitsFor: 'differences',
    })
  })

  it('begins anew where nobody promoted the next version before it expired', () => {
    const account = planned({ promote: 'manual' }, request1, signed)
    expect(position(account, Date.parse(next.notAfter))).toMatchObject({ next: { step: 'request' } })
  })

  describe('which is promoted for one of two mappings', () => {
    const end = '2030-01-01T00:00:00.000Z'
    const [before, atEnd] = [Date.parse(end) - 1, Date.parse(end)]
    const half = (version: CertificateVersion, part: Partial<PlanChoices> = {}) =>
      planned(
        { promote: 'eachTarget', ...part },
        request1,
        completeRequest(context('s'), id, { place: 'staged', version }),
        promoteMappings(context('e'), id, [first], { version, force: true, accepted: ['EXPIRES_EARLIER'] }),
      )

    it('is in use for all once the version before has expired, whatever its targets say', () => {
      const account = probed([true, false])(half(next)).account
      expect(position(account, before)).toMatchObject({ next: { step: 'test' }, until: atEnd })
      const owners = half(next, { test: 'manual' })
      expect(position(owners, before)).toMatchObject({ waitsFor: 'owners', until: atEnd })
      for (const each of [account, owners]) {
        const due = position(each, atEnd)
        expect(due).toMatchObject({ next: { step: 'promote', at: atEnd }, until: Date.parse(next.notAfter) })
        const ids = due?.ready?.map((mapping) => mapping.id) ?? []
        const promotion = { version: next, force: false, ignoresProbe: true }
        const promoted = promoteMappings({ ...context('l'), at: end }, id, ids, promotion)(each).account
        expect(certificateOf(promoted)).toMatchObject({ current: { versionId: 'next' } })
        expect(position(promoted)).toMatchObject({ state: 'idle', next: { step: 'request' } })
      }
      expect(position(planned({ promote: 'manual' }, request1, signed), atEnd)).toMatchObject({
        next: { step: 'test' },
      })
    })

    it('is in use for all when the mapping that was left is deleted', () => {
      const account = half(next, { test: 'manual' })
      const mappings = account.mappings.filter((mapping) => mapping.id === first)
      expect(position({ ...account, mappings })).toMatchObject({ next: { step: 'promote' }, ready: [] })
    })

    it('is given up when it expires itself: its mapping presents the version in use again', () => {
      const brief: CertificateVersion = { ...next, notAfter: '2026-02-01T00:00:00.000Z' }
      const account = half(brief, { test: 'manual' })
      const at = brief.notAfter
      expect(position(account)).toMatchObject({ waitsFor: 'owners', until: Date.parse(at) })
      expect(position(account, Date.parse(at))).toMatchObject({ next: { step: 'request', at: Date.parse(at) } })
      const again = requestByPlan({ ...context('a'), at }, id, {
        request: request('another'),
        csrId,
        replaces: planSubject(certificateOf(account)),
      })
      const applied = again(account)
      expect(applied.account.mappings.map(({ pinned }) => pinned)).toEqual([undefined, undefined])
      expect(certificateOf(applied.account)).toMatchObject({
        current: { versionId: 'v1' },
        staged: { keyId: 'another' },
      })
      expect(certificateOf(applied.account)).not.toHaveProperty('pinned')
      expect(applied.revoked).toEqual(['mappings'])
    })
  })

  it('orders at another issuer anew, and goes on with the same one', () => {
    const pending = notePlanOrder(context('o'), id, { keyId: key, reference: 'order-1', askAt: context().at })
    const account = planned({}, request1, pending)
    const orderWith = (profile: string) =>
      certificateOf(setPlan(context('n'), id, { ...choices, profile })(account).account).plan?.order
    expect(orderWith('vault')).toEqual({ keyId: key, csrId, reference: 'order-1', askAt: context().at })
    expect(orderWith('other')).toEqual({ keyId: key, csrId, repeated: 1, orderedAt: context().at })
  })

  it('does not renew at once what its CA has dated back', () => {
    const backdated: CertificateVersion = {
      ...next,
      notBefore: '2026-01-01T00:00:00.000Z',
      notAfter: '2026-01-02T04:04:05.000Z',
    }
    const account = planned({}, request1, completeRequest(context('s'), id, { place: 'staged', version: backdated }))
    const promotion = { version: backdated, force: true, accepted: ['EXPIRES_EARLIER'] } as const
    const promoted = promoteStaged(context('pr'), id, promotion)(account).account
    // A tenth of the hour that was left when it came.
    expect(position(promoted)).toMatchObject({ state: 'idle', next: { step: 'request', at: now + 360_000 } })
  })

  it('replaces nothing that was staged meanwhile, and notes no failure of what is gone', () => {
    const account = planned({}, stageVersion(context('x'), id, uploaded('other')))
    expect(errorOf(() => request1(account)).code).toBe('VERSION_CHANGED')
    const failed = { step: 'request', of: undefined, code: 'ACCOUNT_BUSY', ordersAnew: false } as const
    expect(notePlanFailure(context('f'), id, failed)(account).account).toBe(account)
  })

  it('is removed, is told of in the audit, and takes less than 200 bytes', () => {
    const account = planned()
    expect(JSON.stringify(certificateOf(account).plan).length).toBeLessThan(200)
    const removed = removePlan(context('d'), id)(account).account
    expect(removed.changes.slice(-2)).toMatchObject([
      { action: 'plans.set', fields: ['plan'] },
      { action: 'plans.remove', fields: ['plan'] },
    ])
    expect(position(removed)).toBeUndefined()
    expect(errorOf(() => removePlan(context('d'), id)(removed)).code).toBe('PLAN_NOT_FOUND')
  })
})

describe('the renewal of all certificates of an issuer', () => {
  const wanted = { issuer: 'CN=ca', issuedBefore: '2026-01-02T03:04:05.001Z', accepts: [] }

  it('is due now, whatever the age of the version in use, and is noted once', () => {
    const account = planned({}, renewNow(context('n'), wanted))
    expect(position(planned())?.next?.at).not.toBe(now)
    expect(position(account)).toMatchObject({ state: 'idle', next: { step: 'request', at: now } })
    expect(account.changes.at(-1)).toMatchObject({ action: 'plans.renew-now', subjects: ['1 c1'] })
    expect(renewNow(context('again'), wanted)(account)).toMatchObject({ account, result: { requested: 1 } })
    expect(renewNow(context('again'), wanted)(account).account).toBe(account)
  })

  it('is not made by whoever has read an older account, even if nothing is left to be changed', () => {
    const precondition = { of: 'account', revisions: [1] } as const
    const account = planned({}, renewNow(context('n'), wanted))
    const late = renewNow({ ...context('again'), precondition }, wanted)
    expect(errorOf(() => late(account)).code).toBe('PRECONDITION_FAILED')
  })

  it('leaves other issuers alone, and what came later, which is a replacement already', () => {
    for (const other of [{ issuer: 'CN=other' }, { issuedBefore: '2026-01-02T03:04:05.000Z' }]) {
      const account = planned()
      const applied = renewNow(context('n'), { ...wanted, ...other })(account)
      expect(applied.account).toBe(account)
      expect(applied.result).toEqual({ requested: 0, leftToPeople: 0 })
    }
  })

  it('leaves to people what no issuer renews by a plan', () => {
    const { profile: _, ...rest } = choices
    const account = after(
      createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2'), newCertificate(3, 'c3')]),
      setPlan(context('p'), id, choices),
      setPlan(context('q'), certificateId(2), { ...rest, source: 'folder' }),
    )
    const { account: asked, result } = renewNow(context('n'), wanted)(account)
    expect(result).toEqual({ requested: 1, leftToPeople: 2 })
    expect(asked.certificates.map(({ plan }) => plan?.renewNow !== undefined)).toEqual([true, false, false])
    expect(asked.changes.at(-1)?.subjects).toEqual(['1 c1'])
  })

  const promotedTo = (version: CertificateVersion) => [
    completeRequest(context('s'), id, { place: 'staged', version }),
    promoteStaged(context('t'), id, { version, force: false }),
  ]

  it('is over with a version that came later, and is nothing to certificates without a plan', () => {
    const asked = renewNow(context('n'), wanted)
    const far = renewNow(context('n'), { ...wanted, issuedBefore: '2040-01-01T00:00:00.000Z' })
    for (const request of [asked, far]) {
      const later = { ...next, createdAt: '2026-01-02T03:04:06.000Z' }
      const promoted = planned({}, request, request1, ...promotedTo(later))
      expect(certificateOf(promoted).current?.versionId).toBe(next.versionId)
      expect(position(promoted)).toMatchObject({ state: 'idle', next: { step: 'request' } })
      expect(position(promoted)?.next?.at).toBeGreaterThan(now)
    }
    const unplanned = after(createCertificates(context(), [newCertificate(1, 'c1')]))
    expect(renewNow(context('n'), wanted)(unplanned).account).toBe(unplanned)
  })

  it('is due again once what was staged before is in use, and not with a version of another issuer', () => {
    const staged = planned({}, request1, completeRequest(context('s'), id, { place: 'staged', version: next }))
    const asked = renewNow(context('n'), { ...wanted, accepts: ['ISSUER_DIFFERS'] })(staged).account
    const promote = (version: CertificateVersion) =>
      promoteStaged(context('t'), id, { version, force: false, accepted: ['ISSUER_DIFFERS'] })
    const promoted = promote(next)(asked).account
    expect(position(promoted)).toMatchObject({ state: 'idle', next: { step: 'request', at: now } })
    expect(acceptedByPlan(certificateOf(promoted))).toEqual(['ISSUER_DIFFERS'])
    const other = promote({ ...next, issuer: 'CN=other' })(asked).account
    expect(position(other)?.next?.at).toBeGreaterThan(now)
    expect(acceptedByPlan(certificateOf(other))).toEqual([])
  })

  it('is for what has come since as well, where it is asked for again', () => {
    const between = { ...next, createdAt: '2026-01-02T03:04:06.000Z' }
    const account = planned({}, renewNow(context('n'), wanted), request1)
    const later = { ...context('again'), at: '2026-01-02T03:04:07.000Z' }
    const again = renewNow(later, { ...wanted, issuedBefore: later.at })(account).account
    const promoted = promotedTo(between).reduce((each, command) => command(each).account, again)
    expect(position(promoted)).toMatchObject({ next: { step: 'request', at: Date.parse(later.at) } })
  })

  it.each(['request', 'order'] as const)('is due now although its step %s has failed again and again', (step) => {
    let account = step === 'order' ? planned({}, request1) : planned()
    const of = planSubject(certificateOf(account))
    for (let attempt = 0; attempt < 12; attempt++) {
      const failed = { step, of, code: 'ISSUER_UNREACHABLE', ordersAnew: false } as const
      account = notePlanFailure(context(`f${attempt}`), id, failed)(account).account
    }
    const asked = renewNow(context('n'), wanted)(account).account
    expect(position(asked)).toMatchObject({ attempts: 0, next: { step, at: now } })
    const failed = { step, of, code: 'ISSUER_UNREACHABLE', ordersAnew: false } as const
    const again = notePlanFailure(context('g'), id, failed)(asked).account
    expect(position(renewNow(context('m'), wanted)(again).account)).toMatchObject({ attempts: 0, next: { at: now } })
  })

  it('is called off where what it has staged is dropped, or the plan is set anew', () => {
    const later = { ...next, createdAt: '2026-01-02T03:04:06.000Z' }
    const replacement = completeRequest(context('s'), id, { place: 'staged', version: later })
    const asked = planned({}, renewNow(context('n'), wanted), request1)
    const waiting = replacement(asked).account
    for (const over of [dropStaged(context('d'), id)(waiting), setPlan(context('o'), id, choices)(asked)]) {
      expect(certificateOf(over.account).plan).not.toHaveProperty('renewNow')
    }
    // What was staged before is no replacement, and what a person has staged is none of the plan.
    const before = planned({}, request1, signed, renewNow(context('n'), wanted), dropStaged(context('d'), id))
    expect(position(before)).toMatchObject({ next: { step: 'request', at: now } })
    const byHand = { ...uploaded('other'), createdAt: later.createdAt }
    const other = planned({}, renewNow(context('n'), wanted), stageVersion(context('x'), id, byHand))
    expect(position(dropStaged(context('d'), id)(other).account)).toMatchObject({ next: { at: now } })
  })

  it('goes on where it waits for what is accepted now', () => {
    const failure = { step: 'promote', of: key, code: 'NEXT_VERSION_DIFFERS', ordersAnew: false } as const
    const waiting = planned(
      { test: 'manual' },
      renewNow(context('n'), wanted),
      request1,
      signed,
      recordProbe(context('b'), id, { versionId: next.versionId, revision: 1, ok: true, results: [] }),
      notePlanFailure(context('f'), id, failure),
    )
    expect(position(waiting)).toMatchObject({ waitsFor: 'differences' })
    expect(acceptedByPlan(certificateOf(waiting))).toEqual([])
    const accepting = renewNow(context('a'), { ...wanted, accepts: ['ISSUER_DIFFERS'] })(waiting).account
    expect(position(accepting)).toMatchObject({ next: { step: 'promote' } })
    expect(acceptedByPlan(certificateOf(accepting))).toEqual(['ISSUER_DIFFERS'])
  })
})
