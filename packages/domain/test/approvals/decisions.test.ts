import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  applyDocument,
  approveRequest,
  type Command,
  changeSettings,
  claimExpiryNotices,
  claimFacts,
  contentOf,
  createAppKey,
  createCertificates,
  createHandover,
  createInvitation,
  createMappings,
  type Decider,
  deleteAppKey,
  deleteMapping,
  digestOf,
  openHandover,
  parseMappingUrl,
  parseRecordId,
  parseTargetUrl,
  planPosition,
  promoteStaged,
  refuseRequest,
  revokeHandover,
  revokeInvitation,
  ServiceCatalogue,
  setPlan,
  setTrust,
  stageVersion,
  updateMappings,
} from '../../src/index.ts'
import {
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  uploaded,
  version,
} from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'
import { finished } from '../finished.ts'
import { approve, by, everything, mustAsk, person, refuse, requestId, ruled, unasked } from './asking.ts'

const id = certificateId(1)
const later = '2026-01-03T00:00:00.000Z'
const account = after(
  createCertificates(context('c'), [newCertificate(1, 'c1'), newCertificate(2, 'c2')]),
  createMappings(context('m'), [newMapping(10, 'm1', 1), newMapping(11, 'm2', 1)]),
  stageVersion(context('s'), id, uploaded('next')),
  ruled(),
)
const alice = by('https://login.example#alice')
const bob = person('https://login.example#bob')
const promote = (of = alice) => promoteStaged(of, id, { version: version('next'), force: false })
const add = (number = 20, host = 'new.example') =>
  createMappings(alice, [newMapping(number, `n${number}`, 1, `https://${host}/`)])
const update = (part: object, mapping = 10) => updateMappings(by('carol'), [{ id: mappingId(mapping), ...part }])
const choices = { profile: 'x', renewAt: 0.66, test: 'manual', promote: 'auto', rollBack: 'auto' } as const
const codeOf = (action: () => unknown) => errorOf(action).code

describe('an approved change', () => {
  it('is the one that was asked for, with the time and revision of its approval', () => {
    const { account: waiting, text } = mustAsk(account, promote())
    const other = unasked(waiting, update({ name: 'renamed' }, 11))
    const { account: next, revoked } = approve(text, bob, later)(other)
    const [certificate] = next.certificates
    const revision = other.revision + 1
    expect(certificate).toMatchObject({ revision, currentSince: revision, updatedAt: later })
    expect(certificate?.current?.versionId).toBe('next')
    expect(certificate?.previous).toMatchObject({ versionId: 'v1', replacedAt: later })
    expect(certificate?.staged).toBeUndefined()
    expect(next.mappings.map(({ name }) => name)).toEqual(['m1', 'renamed'])
    expect(revoked).toEqual(promote()(account).revoked)
    expect(next.changes.at(-1)).toMatchObject({
      ...{ action: 'approvals.approve', actor: bob.subject },
      subjects: ['request-1 certificates.promote', 'asked by https://login.example#alice', '1 c1'],
    })
    expect(next.approvals).toMatchObject([
      { id: requestId, decision: { state: 'approved', by: bob.subject, at: later } },
    ])
    expect(next.approvals?.[0]?.open).toBeUndefined()
  })

  it('keeps what the gateway has noted by itself meanwhile', () => {
    const noticed = unasked(
      account,
      changeSettings(context('hook'), {
        webhook: { url: 'https://h.example/', newSecretId: parseRecordId('w'), rotateSecret: false },
      }),
    )
    const ends = {
      ...noticed,
      certificates: noticed.certificates.map((each) => ({
        ...each,
        current: { ...version('v1'), notAfter: '2026-01-20T00:00:00.000Z' },
      })),
    }
    const { account: waiting, text } = mustAsk(ends, promote())
    const told = unasked(waiting, claimExpiryNotices(by('gateway', 'claim', later), later))
    expect(told.certificates[0]?.notice).toBeDefined()
    const { account: next } = approve(text, bob, later)(told)
    expect(next.certificates[0]).toMatchObject({ notice: told.certificates[0]?.notice, current: { versionId: 'next' } })
  })

  it('of the rule keeps what recipients were told', () => {
    const notice = {
      channel: 'mail',
      address: { to: 'a@b.example' },
      rotateSecret: false,
      newId: parseRecordId('n1'),
    } as const
    const withNotice = unasked(account, changeSettings(context('n'), { notices: [notice] }))
    const changed = changeSettings(alice, {
      approvals: { ...everything, actions: ['promote'] },
      notices: [{ ...notice, id: 'n1', events: ['plan.failed'] }],
    })
    const { account: waiting, text } = mustAsk(withNotice, changed)
    const facts = [{ type: 'approval.requested', id: 'f1' }] as const
    const told = unasked(waiting, claimFacts(by('gateway', 'claim'), facts, later))
    const { settings } = approve(text, bob, later)(told).account
    expect(settings?.approvals?.actions).toEqual(['promote'])
    expect(settings?.notices).toMatchObject([{ events: ['plan.failed'], facts: [{ id: 'f1' }] }])
  })
})

describe('nobody approves', () => {
  const { account: waiting, text } = mustAsk(account, promote())
  const attempt = (decider: Decider, of = waiting) => codeOf(() => approve(text, decider)(of))

  it('what they have asked for', () => {
    expect(attempt(person(alice.actor))).toBe('APPROVAL_OWN')
    expect(attempt({ ...person(alice.actor), isOperator: true })).toBe('APPROVAL_OWN')
  })

  it('without being an approver', () => {
    expect(attempt(person('dave', ['mtls:read', 'mtls:write']))).toBe('APPROVAL_NOT_ALLOWED')
    expect(attempt({ ...bob, isPerson: false })).toBe('APPROVAL_NOT_ALLOWED')
    const named = after(
      ...[
        createCertificates(context('c'), [newCertificate(1, 'c1')]),
        createMappings(context('m'), [newMapping(10, 'm1', 1)]),
        stageVersion(context('s'), id, uploaded('next')),
        ruled({ approvers: ['erin', alice.actor] }),
      ],
    )
    const asked = mustAsk(named, promote())
    const by = (decider: Decider) => () => approve(asked.text, decider)(asked.account)
    expect(codeOf(by(bob))).toBe('APPROVAL_NOT_ALLOWED')
    expect(codeOf(by(person(alice.actor)))).toBe('APPROVAL_OWN')
    expect(by(person('erin', ['mtls:read']))).not.toThrow()
  })

  it('what an app key of theirs has asked for, or an invitation that they made', () => {
    const key = {
      id: parseRecordId('key-1'),
      label: 'k',
      scopes: ['mtls:write'],
      createdAt: later,
      expiresAt: null,
    } as const
    const expiresAt = '2026-01-09T00:00:00.000Z'
    const invited = {
      id: parseRecordId('i1'),
      label: 'Anna',
      scopes: ['mtls:write'],
      expiresAt,
      codeSha256: 'x',
    } as const
    const admin = { ...invited, scopes: ['mtls:admin', 'mtls:write'] } as const
    const scopes = new Set(['mtls:admin', 'mtls:write'] as const)
    const guest = { ...by('invitation i1 "Anna"'), invitation: invited.id }
    const second = { ...invited, id: parseRecordId('i2'), label: 'Ben' }
    const withThem = unasked(
      account,
      createAppKey(alice, key),
      createInvitation(alice, admin, scopes),
      createInvitation({ ...guest, changeId: parseRecordId('g') }, second, scopes),
    )
    const asks = (actor: string) => mustAsk(withThem, promote(by(actor)))
    for (const actor of ['le123.key-1', 'invitation i1 "Anna"', 'invitation i2 "Ben"']) {
      const asked = asks(actor)
      expect(codeOf(() => approve(asked.text, person(alice.actor))(asked.account))).toBe('APPROVAL_OWN')
      expect(() => approve(asked.text, bob)(asked.account)).not.toThrow()
    }
    const byKey = asks('le123.key-1')
    const without = unasked(byKey.account, deleteAppKey(context('d'), 'key-1'))
    expect(codeOf(() => approve(byKey.text, bob)(without))).toBe('APPROVAL_OUTDATED')
    const byGuest = asks('invitation i2 "Ben"')
    const revoked = unasked(byGuest.account, revokeInvitation(context('d'), 'i1'))
    expect(codeOf(() => approve(byGuest.text, bob)(revoked))).toBe('APPROVAL_OUTDATED')
  })

  it('what is decided, or has expired', () => {
    const done = unasked(waiting, approve(text, bob))
    expect(attempt(person('carol'), done)).toBe('APPROVAL_CLOSED')
    expect(attempt(bob, unasked(waiting, refuse(bob)))).toBe('APPROVAL_CLOSED')
    expect(codeOf(() => approve(text, bob, '2026-01-05T05:00:00.000Z')(waiting))).toBe('APPROVAL_CLOSED')
    expect(codeOf(() => approve(text, bob, later, 'other')(waiting))).toBe('APPROVAL_NOT_FOUND')
  })

  it('anything else than what was asked for', () => {
    const forged = text.replaceAll('"next"', '"evil"')
    expect(codeOf(() => approve(forged, bob)(waiting))).toBe('STORE_DAMAGED')
  })
})

describe('a request is outdated', () => {
  const outdated = (request: Command<unknown>, ...meanwhile: readonly Command<unknown>[]) => {
    const { account: waiting, text } = mustAsk(account, request)
    return codeOf(() => approve(text, bob, later)(unasked(waiting, ...meanwhile)))
  }
  const restage = stageVersion(by('carol'), id, uploaded('other'))

  it('once what it changes was changed', () => {
    expect(outdated(promote(), restage)).toBe('APPROVAL_OUTDATED')
    const moved = updateMappings(alice, [{ id: mappingId(10), url: parseTargetUrl('https://new.example/').normalised }])
    expect(outdated(moved, update({ enable: false }))).toBe('APPROVAL_OUTDATED')
    expect(outdated(moved, deleteMapping(by('carol'), mappingId(10)))).toBe('APPROVAL_OUTDATED')
  })

  it('where it would do more by now', () => {
    // The mapping would present the next version, and nobody has seen that.
    const another = createMappings(by('carol'), [newMapping(30, 'more', 1, 'https://t.example/more')])
    expect(outdated(promote(), another)).toBe('APPROVAL_OUTDATED')
  })

  it('where what it needs is gone', () => {
    const needs = createMappings(alice, [newMapping(20, 'n', 2, 'https://new.example/')])
    const without = (of: Account) => ({ ...of, certificates: of.certificates.filter((each) => each.id !== 2) })
    const { account: waiting, text } = mustAsk(account, needs)
    expect(codeOf(() => approve(text, bob)(without(waiting)))).toBe('MAPPING_CERTIFICATE_UNKNOWN')
    const trusting = unasked(
      account,
      setTrust(context('t'), { name: 'bank', caRecordId: parseRecordId('ca-1'), certificates: [] }),
    )
    const trusted = createMappings(alice, [
      { ...newMapping(20, 'n', 1, 'https://new.example/'), targetTrust: { trust: 'bank' } },
    ])
    const asked = mustAsk(trusting, trusted)
    const other = unasked(
      asked.account,
      setTrust(by('carol'), { name: 'bank', caRecordId: parseRecordId('ca-2'), certificates: [] }),
    )
    expect(codeOf(() => approve(asked.text, bob)(other))).toBe('APPROVAL_OUTDATED')
  })

  it('never where names or versions do not go any more: these say so themselves', () => {
    const taken = createMappings(by('carol'), [
      { ...newMapping(21, 'n20', 1), url: parseTargetUrl('https://t.example/x').normalised },
    ])
    expect(outdated(add(), taken)).toBe('MAPPING_NAME_TAKEN')
    const soon = stageVersion(context('s2'), id, uploaded('soon'))
    const expiring = version('soon', '2026-01-02T12:00:00.000Z')
    const { account: waiting, text } = mustAsk(
      unasked(account, soon),
      promoteStaged(alice, id, { version: expiring, force: false, accepted: ['EXPIRES_EARLIER'] }),
    )
    expect(codeOf(() => approve(text, bob, later)(waiting))).toBe('CERTIFICATE_EXPIRED')
  })

  it('not by another request that was approved, and changes something else', () => {
    const first = mustAsk(account, add())
    const second = mustAsk(first.account, add(21, 'newer.example'), parseRecordId('request-2'))
    const done = unasked(
      second.account,
      approve(second.text, bob, later, 'request-2'),
      approve(first.text, person('erin'), later),
    )
    expect(done.mappings.map(({ name }) => name)).toEqual(['m1', 'm2', 'n21', 'n20'])
    expect(done.approvals?.map(({ decision }) => decision?.state)).toEqual(['approved', 'approved'])
  })
})

describe('a document that is applied with prune', () => {
  const second = certificateId(2)
  /** The second certificate is of the document that names it no more, and has a link to it. */
  const handed = unasked(
    { ...account, certificates: account.certificates.map((each) => ({ ...each, managedBy: `of ${each.id}` })) },
    handOver('h1'),
  )
  const applying = applyDocument(
    alice,
    {
      certificates: new Map(),
      trusts: new Map(),
      mappings: new Map([
        [
          'declared',
          {
            ...{ newId: mappingId(40), serviceId: '1', certificate: 'c1' },
            url: parseMappingUrl('https://new.example/'),
          },
        ],
      ]),
    },
    { source: 'of 2', prune: true, mayAdminister: true, services: new ServiceCatalogue() },
  )
  const pruned: Command<unknown> = (before) => finished(applying(before))
  const { account: waiting, request, text } = mustAsk(handed, pruned)

  function handOver(name: string, expiresAt = '2026-01-09T00:00:00.000Z') {
    return createHandover(by('carol', name), {
      ...{ id: parseRecordId(name), certificateId: second, label: name, mappings: [], expiresAt },
      codeSha256: digestOf(name),
    })
  }

  const left = (...meanwhile: readonly Command<unknown>[]) => {
    const { certificates, mappings, handovers } = approve(text, bob, later)(unasked(waiting, ...meanwhile)).account
    return [certificates.map(({ name }) => name), mappings.map(({ name }) => name), handovers]
  }
  const all = [['c1'], ['m1', 'm2', 'declared'], []]

  it('deletes the handovers of its certificates, also those that were made while it waited', () => {
    expect(finished(contentOf(request, text))).toMatchObject({
      elements: expect.arrayContaining([expect.objectContaining({ list: 'handovers', id: 'h1' })]),
    })
    expect(left()).toEqual(all)
    expect(left(handOver('h2'))).toEqual(all)
  })

  it('is not outdated by what becomes of them, or is noted of its certificates', () => {
    expect(left(openHandover(by('carol', 'open'), { id: 'h1', codeSha256: digestOf('h1') }))).toEqual(all)
    expect(left(revokeHandover(by('carol', 'revoke'), second, 'h1'))).toEqual(all)
    expect(left(setPlan(by('carol', 'plan'), second, choices))).toEqual(all)
    const brief = unasked(handed, handOver('brief', '2026-01-02T12:00:00.000Z'))
    const asked = mustAsk(brief, pruned)
    expect(approve(asked.text, bob, later)(asked.account).account.handovers).toEqual([])
  })

  it('is outdated where one of its certificates came to be used, also by what it signs', () => {
    const users = [
      newMapping(30, 'presents', 2),
      { ...newMapping(31, 'signs', 1), messageSignature: { scheme: 'jws', certificateId: second } as const },
    ]
    for (const user of users) {
      expect(codeOf(() => left(createMappings(by('carol'), [user])))).toBe('APPROVAL_OUTDATED')
    }
  })
})

describe('refusing', () => {
  const { account: waiting } = mustAsk(account, promote())

  it('is for approvers, and withdrawing for whoever has asked', () => {
    const refused = unasked(waiting, refuseRequest(by(bob.subject), requestId, { decider: bob, reason: 'Not now' }))
    expect(refused.approvals).toMatchObject([{ decision: { state: 'refused', by: bob.subject, reason: 'Not now' } }])
    expect(refused.changes.at(-1)).toMatchObject({
      action: 'approvals.refuse',
      subjects: expect.arrayContaining(['reason: Not now']),
    })
    expect(refused.certificates).toEqual(account.certificates)
    expect(() => refuse({ ...person(alice.actor, ['mtls:write']), isPerson: false })(waiting)).not.toThrow()
    expect(codeOf(() => refuse(person('dave', ['mtls:write']))(waiting))).toBe('APPROVAL_NOT_ALLOWED')
  })
})

describe('an emergency', () => {
  const { account: waiting, request, text } = mustAsk(account, promote())
  const content = finished(contentOf(request, text))
  const operator = { ...person(alice.actor), isOperator: true }
  const override =
    (decider: Decider, reason: string): Command<unknown> =>
    (before) =>
      finished(approveRequest(by(decider.subject), requestId, { decider, content, reason, emergency: true })(before))

  it('is for operators, also for their own, and has a reason that the audit tells', () => {
    const next = unasked(waiting, override(operator, 'All calls fail'))
    expect(next.changes.at(-1)).toMatchObject({
      ...{ action: 'approvals.override', actor: alice.actor },
      subjects: expect.arrayContaining(['reason: All calls fail']),
    })
    expect(next.approvals).toMatchObject([{ decision: { state: 'overridden', reason: 'All calls fail' } }])
    expect(next.certificates[0]?.current?.versionId).toBe('next')
    expect(codeOf(() => override(operator, 'too short')(waiting))).toBe('VALIDATION_FAILED')
    expect(codeOf(() => override(bob, 'All calls fail')(waiting))).toBe('APPROVAL_NOT_ALLOWED')
  })

  it('approves nothing else than what was asked for either', () => {
    const other = unasked(waiting, stageVersion(by('carol'), id, uploaded('other')))
    expect(codeOf(() => override(operator, 'All calls fail')(other))).toBe('APPROVAL_OUTDATED')
  })
})

describe('a plan', () => {
  const planned = unasked(account, setPlan(alice, id, choices), (of) => {
    const certificates = of.certificates.map((each) =>
      each.plan
        ? { ...each, plan: { ...each.plan, order: { keyId: uploaded('next').keyId, csrId: parseRecordId('csr') } } }
        : each,
    )
    const { account: next } = update({ name: 'm1' })({ ...of, certificates })
    return { account: next, result: undefined, revoked: [] }
  })
  const untested = { ...planned, mappings: planned.mappings.map((each) => ({ ...each, enable: true })) }
  const stands = (of: Account, at = Date.parse(context().at)) => {
    const [certificate] = of.certificates
    return (
      certificate &&
      planPosition(
        {
          ...certificate,
          staged: { ...uploaded('next'), probe: { at: later, revision: 1, ok: true, results: [], omitted: 0 } },
        },
        of.mappings,
        at,
      )
    )
  }
  const { account: waiting, text } = mustAsk(untested, promote(by('plan')))

  it('asks once, and waits', () => {
    expect(stands(untested)?.next?.step).toBe('promote')
    expect(stands(waiting)).toMatchObject({ waitsFor: 'approval', until: Date.parse('2026-01-05T05:00:00.000Z') })
    expect(stands(waiting)?.next).toBeUndefined()
    // Nobody has answered: it asks again.
    expect(stands(waiting, Date.parse('2026-01-05T05:00:01.000Z'))?.next?.step).toBe('promote')
  })

  it('leaves alone what was refused, until a person decides', () => {
    const refused = unasked(waiting, refuse(bob))
    expect(stands(refused)).toMatchObject({ waitsFor: 'refusal' })
    const withdrawn = mustAsk(untested, promote())
    expect(stands(unasked(withdrawn.account, refuse(person(alice.actor))))?.next?.step).toBe('promote')
  })

  it('asks in the name of whoever has set it', () => {
    expect(codeOf(() => approve(text, person(alice.actor))(waiting))).toBe('APPROVAL_OWN')
    const { account: next } = approve(text, bob)(waiting)
    expect(next.certificates[0]).toMatchObject({ current: { versionId: 'next' }, plan: { setBy: alice.actor } })
    expect(next.certificates[0]?.plan?.asked).toBeUndefined()
  })

  it('and of whoever has made the credentials that it was set by, although these are gone', () => {
    const key = { id: parseRecordId('key-1'), label: 'ci', scopes: ['mtls:write'], createdAt: later } as const
    const ci = by('le123.key-1', 'by-ci')
    const set = unasked(
      untested,
      createAppKey(alice, { ...key, expiresAt: null }),
      setPlan(ci, id, { ...choices, renewAt: 0.5 }),
      deleteAppKey(alice, 'key-1'),
    )
    const robot = mustAsk(set, promote(by('plan')))
    expect(robot.request.open?.askers).toEqual(['plan', 'le123.key-1', alice.actor])
    expect(codeOf(() => approve(robot.text, person(alice.actor))(robot.account))).toBe('APPROVAL_OWN')
    const own = unasked(set, setPlan(alice, id, choices))
    expect(own.certificates[0]?.plan).not.toHaveProperty('madeBy')
    // A release that did not note them has set it.
    const older = { ...set, certificates: set.certificates.map(({ plan, ...rest }) => ({ ...rest, ...unnoted(plan) })) }
    expect(codeOf(() => mustAsk(older, promote(by('plan'))))).toBe('APPROVAL_NOT_ALLOWED')
  })

  function unnoted(plan: Account['certificates'][number]['plan']) {
    if (!plan) return {}
    const { madeBy: _, ...rest } = plan
    return { plan: rest }
  }
})

describe('the account', () => {
  it('forgets all but the last 20 that are closed, and keeps records of none of them', () => {
    let next: Account = account
    for (let n = 0; n < 25; n++) {
      const request = parseRecordId(`r${n}`)
      next = unasked(mustAsk(next, add(100 + n, `n${n}.example`), request).account, refuse(bob, request))
    }
    expect(next.approvals?.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => `r${n + 5}`))
    const { account: waiting } = mustAsk(next, add())
    const expired = unasked(
      waiting,
      changeSettings(by('carol', 'x', '2026-02-01T00:00:00.000Z'), { publishKeys: true }),
    )
    expect(expired.approvals).toHaveLength(20)
    expect(expired.approvals?.every(({ open }) => open === undefined)).toBe(true)
    expect(expired.approvals?.at(-1)).toMatchObject({ id: requestId })
  })
})
