import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  activateMapping,
  answerHandover,
  changeSettings,
  claimExpiryNotices,
  completeRequest,
  createAppKey,
  createCertificates,
  createInvitation,
  createMappings,
  type Handover,
  openHandover,
  parseRecordId,
  promoteStaged,
  recordProbe,
  redeemInvitation,
  replaceCertificates,
  requestCertificate,
  rollBack,
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
  request,
  uploaded,
  version,
} from '../account-fixtures.ts'
import { after } from '../applying.ts'
import { code, inviter, newInvitation, token } from '../invitations.ts'

/** What a later release has put there, and this one does not know. */
const later = { later: { added: 'this' } }
const id = certificateId(1)
const requested = certificateId(2)

const handover: Handover = {
  ...{ id: parseRecordId('h1'), certificateId: id, label: 'bank', mappings: [mappingId(10)], codeSha256: 'c' },
  ...{ createdAt: context().at, createdBy: 'tester', expiresAt: '2026-01-09T00:00:00.000Z' },
}

/** A mapped certificate with every kind of version, one that waits for its signature, an app key, and a webhook. */
function account(): Account {
  const whole = after(
    createCertificates(context('1'), [newCertificate(1, 'c1')]),
    createMappings(context('2'), [newMapping(10, 'm1', 1)]),
    replaceCertificates(context('3'), [{ id, version: version('next') }]),
    stageVersion(context('4'), id, uploaded('staged')),
    requestCertificate(context('5'), { id: requested, name: 'c2', request: request('key') }),
    createAppKey(context('6'), {
      id: parseRecordId('app-key'),
      label: 'shop',
      scopes: ['forward'],
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: null,
    }),
    createInvitation(context('6a'), newInvitation('invited'), inviter),
    setTrust(context('6b'), { name: 'bank-ca', caRecordId: parseRecordId('cas'), certificates: [] }),
    changeSettings(context('7'), {
      webhook: { url: 'https://hooks.example/', newSecretId: parseRecordId('secret'), rotateSecret: false },
    }),
  )
  return withLater(whole)
}

/** The same with such a field in each of its objects. */
function withLater<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withLater) as T
  if (typeof value !== 'object' || value === null) return value
  const parts = Object.entries(value).map(([name, part]) => [name, withLater(part)])
  return { ...Object.fromEntries(parts), ...later }
}

const isLater = expect.objectContaining(later)

describe('a field that a later release has added', () => {
  it('survives in all that a change does not replace', () => {
    const before = account()
    const { account: changed } = updateMappings(context('8'), [{ id: mappingId(10), enable: false }])(before)
    expect(changed).toEqual({
      ...before,
      revision: before.revision + 1,
      mappings: [{ ...before.mappings[0], enable: false, revision: before.revision + 1 }],
      changes: [...before.changes, expect.anything()],
    })
    const { account: active } = activateMapping(context('9'), mappingId(11), {
      certificateId: id,
      serviceId: '1',
      url: newMapping(10, 'm1', 1).url,
    })(changed)
    expect(active.mappings).toEqual([isLater])
  })

  it('survives a change of settings, and of the webhook', () => {
    const { account: changed } = changeSettings(context('8'), {
      unmappedCalls: 'refuse',
      webhook: { url: 'https://hooks.example/2', newSecretId: parseRecordId('secret-2'), rotateSecret: true },
    })(account())
    expect(changed.settings).toEqual({
      ...later,
      unmappedCalls: 'refuse',
      webhook: { ...later, url: 'https://hooks.example/2', secretId: 'secret-2' },
    })
  })

  it('survives a new set of certificates in a trust list', () => {
    const asked = { name: 'bank-ca', caRecordId: parseRecordId('others'), certificates: [] }
    const { account: changed } = setTrust(context('8'), asked)(account())
    expect(changed.trusts).toEqual([{ ...later, ...asked, revision: changed.revision }])
  })

  it('survives the redemption of an invitation', () => {
    const secrets = { codeSha256: code('invited'), tokenSha256: token('invited') }
    const { account: changed } = redeemInvitation(context('8'), parseRecordId('invited'), secrets)(account())
    expect(changed.invitations).toEqual([
      { ...account().invitations?.[0], redeemedAt: context().at, tokenSha256: token('invited') },
    ])
    expect(changed).toMatchObject(later)
  })

  it('survives that a handover is opened and answered', () => {
    const before = { ...account(), handovers: [withLater(handover)] }
    const key = { id: handover.id, codeSha256: handover.codeSha256 }
    const { account: opened } = openHandover(context('8'), key)(before)
    const { fingerprintSha256 } = version('staged')
    const answer = { fingerprintSha256, mappings: [mappingId(10)] }
    const { account: changed } = answerHandover(context('9'), key, answer)(opened)
    expect(changed.handovers).toEqual([
      { ...before.handovers[0], opened: { at: context().at, version: 'staged' }, registered: [expect.anything()] },
    ])
    expect(changed.mappings).toEqual([
      { ...before.mappings[0], prepared: expect.anything(), revision: changed.revision },
    ])
  })

  it('goes with a version from place to place', () => {
    const promoted = promoteStaged(context('8'), id, { version: version('staged'), force: false })(account()).account
    const { previous: old, current: now } = promoted.certificates[0] ?? {}
    expect(now).toEqual({ ...version('staged'), ...later })
    expect(old).toEqual({ ...uploaded('next'), ...later, replacedAt: context().at })

    const [back] = rollBack(context('9'), id, version('next'))(promoted).account.certificates
    expect(back?.current).toEqual({ ...version('next'), ...later })
    expect(back?.previous).toMatchObject({ versionId: 'staged', ...later })
  })

  it('survives the probe of what is staged, its signature, and a notice', () => {
    const before = account()
    const outcome = { versionId: parseRecordId('staged'), revision: before.revision, ok: true, results: [] }
    const probed = recordProbe(context('8'), id, outcome)(before)
    expect(probed.account.certificates[0]).toMatchObject({ ...later, staged: later })

    const signed = { ...version('signed'), keyId: parseRecordId('key') }
    const completed = completeRequest(context('9'), requested, { place: 'certificate', version: signed })(before)
    expect(completed.account.certificates[1]?.current).toEqual({ ...signed, ...later })

    const soon = { ...context('10'), at: '2029-12-31T00:00:00.000Z' }
    const { account: claimed } = claimExpiryNotices(soon, soon.at)(before)
    expect(claimed.certificates[0]).toMatchObject({ ...later, current: later, notice: { days: expect.any(Number) } })
  })
})
