import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  answerHandover,
  type CommandContext,
  changeSettings,
  createCertificates,
  createHandover,
  createMappings,
  deleteCertificate,
  deleteMapping,
  digestOf,
  dropStaged,
  findHandover,
  maxHandoversOfCertificate,
  noteRefusal,
  openHandover,
  parseRecordId,
  parseTargetUrl,
  promoteMappings,
  promoteStaged,
  promotionProgress,
  recordProbe,
  replaceCertificates,
  requestCertificate,
  revokeHandover,
  rollBack,
  rollBackMappings,
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
import { after, errorOf } from '../applying.ts'

const id = certificateId(1)
const at = (day: number, changeId = `change-${day}`): CommandContext => ({
  ...context(changeId),
  at: `2026-01-${String(day).padStart(2, '0')}T03:04:05.000Z`,
})
const key = (name: string) => ({ id: name, codeSha256: digestOf(name) })
const handOver = (name: string, mappings: readonly number[] = [10], expiresAt = '2026-01-09T00:00:00.000Z') =>
  createHandover(context(name), {
    ...{ id: parseRecordId(name), certificateId: id, label: `${name} of bank`, expiresAt },
    ...{ mappings: mappings.map(mappingId), codeSha256: digestOf(name) },
  })
const answer = (name: string, versionId: string, mappings: readonly number[], note?: string) =>
  answerHandover(at(3, `answer-${name}-${mappings}`), key(name), {
    ...{ fingerprintSha256: version(versionId).fingerprintSha256, mappings: mappings.map(mappingId), note },
  })
const saved = createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2')])
const mapped = createMappings(context('map'), [
  newMapping(10, 'bank', 1),
  newMapping(11, 'idp', 1),
  newMapping(12, 'other', 2),
])
const stage = stageVersion(context('stage'), id, uploaded('next'))
const staged = after(saved, mapped, stage)
const from = (account: Account) => () => ({ account, result: undefined, revoked: [] })
const promote = (...ids: readonly number[]) =>
  promoteMappings(context(`promote-${ids}`), id, ids.map(mappingId), { version: version('next'), force: false })

const refusal = { version: version('next').versionId, code: 'SOCKET_CLOSED' }

const codesOf = (account: Account) => {
  const [certificate] = account.certificates
  return certificate && promotionProgress(account, certificate)?.mappings.map(({ code }) => code)
}

function progressOf(account: Account): readonly (string | number)[] {
  const [certificate] = account.certificates
  const progress = certificate && promotionProgress(account, certificate)
  return progress ? [progress.version, progress.left, ...progress.mappings.map(({ state }) => state)] : []
}

describe('a handover', () => {
  it('is made with who makes it, without any secret, and its mappings are handed over', () => {
    const { account, result, revoked } = handOver('h1', [10, 10])(staged)
    expect(account.handovers).toEqual([result])
    expect(result).toMatchObject({ id: 'h1', mappings: [10], createdAt: context().at, createdBy: 'tester' })
    expect(account.changes.at(-1)).toMatchObject({
      action: 'handovers.create',
      subjects: ['h1 h1 of bank', 'certificate 1'],
    })
    expect(progressOf(account)).toEqual(['next', 2, 'handedOver', 'waiting'])
    // No forwarder presents anything else than before.
    expect(revoked).toEqual([])
    expect(account.certificates).toEqual(staged.certificates)
  })

  it('changes no mapping while nothing is staged, and does once it is opened with the next version', () => {
    const before = after(saved, mapped, handOver('h1'))
    expect(before.mappings.some((mapping) => 'prepared' in mapping)).toBe(false)
    const opened = openHandover(at(3), key('h1'))(before).account
    expect(opened.handovers).toMatchObject([{ opened: { at: at(3).at } }])
    const shown = after(from(opened), stage)
    expect(progressOf(shown)).toEqual([])
    const again = openHandover(at(4), key('h1'))(shown).account
    expect(again.handovers).toMatchObject([{ opened: { at: at(3).at, version: 'next' } }])
    expect(progressOf(again)).toEqual(['next', 2, 'handedOver', 'waiting'])
    expect(again.changes.at(-1)).toMatchObject({ action: 'handovers.open' })
    expect(openHandover(at(5), key('h1'))(again).account).toBe(again)
  })

  it('is answered per mapping, with a note, and a later answer takes nothing back', () => {
    const account = after(from(staged), handOver('h1', [10, 11]), answer('h1', 'next', [10], 'at noon'))
    expect(progressOf(account)).toEqual(['next', 2, 'registered', 'handedOver'])
    const later = answer('h1', 'next', [11])(account).account
    expect(progressOf(later)).toEqual(['next', 2, 'registered', 'registered'])
    expect(later.handovers).toMatchObject([
      { note: 'at noon', registered: [{ mapping: 10, version: 'next', at: at(3).at }, { mapping: 11 }] },
    ])
    expect(later.changes.at(-1)).toMatchObject({
      action: 'handovers.answer',
      subjects: ['h1 h1 of bank', 'certificate 1', 'mapping 11'],
    })
    expect(answer('h1', 'next', [11], 'at noon')(later).account).toBe(later)
    expect(JSON.stringify(later.changes)).not.toContain('noon')
    expect(progressOf(handOver('h2')(later).account)).toEqual(['next', 2, 'registered', 'registered'])
  })

  it('is outweighed by the target itself, as long as the last probe says so', () => {
    const { versionId } = version('next')
    const probed = (ok: boolean) => {
      const clientCertificate = ok ? ('accepted' as const) : ('refused' as const)
      const result = { url: 'https://t.example/10', mappingId: mappingId(10), ok, clientCertificate }
      return recordProbe(context(`probe-${ok}`), id, { versionId, revision: staged.revision, ok, results: [result] })
    }
    const account = after(from(staged), handOver('h1', [10, 11]), probed(true), answer('h1', 'next', [10]))
    expect(progressOf(account)).toEqual(['next', 2, 'tested', 'handedOver'])
    expect(progressOf(probed(false)(account).account)).toEqual(['next', 2, 'registered', 'handedOver'])
  })

  it('is answered for what is in use while nothing is staged', () => {
    const account = after(saved, mapped, handOver('h1'), answer('h1', 'v1', [10]))
    expect(account.handovers).toMatchObject([{ registered: [{ mapping: 10, version: 'v1' }] }])
    expect(progressOf(account)).toEqual([])
  })

  it('says of what is staged nothing by an answer about what is in use', () => {
    const account = after(from(staged), handOver('h1', [10, 11]), answer('h1', 'v1', [10]))
    expect(account.handovers).toMatchObject([{ registered: [{ mapping: 10, version: 'v1' }] }])
    expect(progressOf(account)).toEqual(['next', 2, 'handedOver', 'handedOver'])
  })

  it('does not forget what was said of what is staged by a later answer about what is in use', () => {
    const account = after(from(staged), handOver('h1', [10]), answer('h1', 'next', [10]))
    const later = answer('h1', 'v1', [10])(account).account
    expect(later.handovers?.[0]?.registered?.map(({ version }) => version)).toEqual(['next', 'v1'])
    expect(progressOf(later)).toEqual(['next', 2, 'registered', 'waiting'])
  })

  it('is changed by whoever has the link a limited number of times, whatever they say', () => {
    const account = after(from(staged), handOver('h1', [10]))
    const say = (before: Account, at: number) => {
      const [name, mappings] = [at % 3 === 0 ? 'v1' : 'next', at % 2 === 0 ? [] : [10]]
      return answer('h1', name, mappings, `note ${at}`)(before).account
    }
    let [last, count] = [account, 0]
    const error = errorOf(() => {
      for (; count < 1_000; count++) last = say(last, count)
    })
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { field: 'note', limit: 20 } })
    expect(count).toBe(20)
    // Without another note it can still be said where it is registered.
    expect(answer('h1', 'next', [10])(last).result.registered).toHaveLength(2)
  })

  it('takes no answer about another version, another mapping, or with a longer note', () => {
    const account = after(from(staged), handOver('h1'))
    expect(errorOf(() => answer('h1', 'gone', [10])(account)).code).toBe('VERSION_CHANGED')
    expect(errorOf(() => answer('h1', 'next', [11])(account)).code).toBe('MAPPING_NOT_OF_CERTIFICATE')
    expect(errorOf(() => answer('h1', 'next', [12])(account)).code).toBe('MAPPING_NOT_OF_CERTIFICATE')
    expect(errorOf(() => answer('h1', 'next', [], 'x'.repeat(501))(account)).code).toBe('LIMIT_EXCEEDED')
  })

  it('does not take back what calls present, and begins again after a rollback', () => {
    const presented = after(from(staged), promote(10), handOver('h1'), answer('h1', 'next', [10]))
    expect(progressOf(presented)).toEqual(['next', 1, 'presents', 'waiting'])
    const back = rollBackMappings(context('back'), id, [mappingId(10)], undefined)(presented).account
    expect(progressOf(back)).toEqual(['next', 2, 'rolledBack', 'waiting'])
    expect(progressOf(answer('h1', 'next', [10])(back).account)).toEqual(['next', 2, 'registered', 'waiting'])
    // A plan would promote it again: nobody has said anything yet.
    const again = after(from(back), handOver('h2'), openHandover(at(3), key('h1')), openHandover(at(3), key('h2')))
    expect(progressOf(again)).toEqual(['next', 2, 'rolledBack', 'waiting'])
  })

  it('is in the way of no promotion, and of no other next version', () => {
    const account = after(from(staged), handOver('h1', [10, 11]))
    const whole = promoteStaged(context('whole'), id, { version: version('next'), force: false })(account).account
    expect(whole.mappings.some((mapping) => 'prepared' in mapping)).toBe(false)
    expect(progressOf(promote(10)(account).account)).toEqual(['next', 1, 'presents', 'handedOver'])
    expect(progressOf(after(from(account), dropStaged(context('drop'), id)))).toEqual([])
    const other = stageVersion(context('other'), id, uploaded('third'))(account).account
    expect(progressOf(other)).toEqual([])
    expect(progressOf(answer('h1', 'third', [10])(other).account)).toEqual(['third', 2, 'registered', 'waiting'])
  })

  it.each([
    ['which target refuses the version in use', noteRefusal(context('left'), id, mappingId(10), refusal), 'presents'],
    [
      'why a mapping is back',
      rollBackMappings(context('back'), id, [mappingId(10)], version('v1'), refusal),
      'rolledBack',
    ],
  ])('of a later version leaves it known %s', (_, refuse, state) => {
    const whole = promoteStaged(context('whole'), id, { version: version('next'), force: false })
    const third = stageVersion(context('third'), id, uploaded('third'))
    const account = after(from(staged), whole, refuse, third, handOver('h1'), answer('h1', 'third', [10]))
    expect(progressOf(account)).toEqual(['third', 2, 'registered', 'waiting'])
    expect(codesOf(account)).toEqual([refusal.code, undefined])
    const [told] = dropStaged(context('drop'), id)(account).account.mappings
    expect(told?.promotion).toMatchObject({ state, version: 'next', code: refusal.code })
  })

  it('stays known where a mapping is taken from the version in use to the one before', () => {
    const whole = promoteStaged(context('whole'), id, { version: version('next'), force: false })
    const third = stageVersion(context('third'), id, uploaded('third'))
    const back = rollBackMappings(context('back'), id, [mappingId(10)], version('v1'))
    const account = after(from(staged), whole, third, handOver('h1'), answer('h1', 'third', [10]), back)
    expect(progressOf(account)).toEqual(['third', 2, 'registered', 'waiting'])
  })

  it('of what is staged outlasts a rollback of what is in use, and no change of the url', () => {
    const second = replaceCertificates(context('put'), [{ id, version: version('v2') }])
    const account = after(from(staged), second, handOver('h1', [10, 11]), answer('h1', 'next', [10]))
    const back = rollBack(context('back'), id, version('v1'))(account).account
    expect(progressOf(back)).toEqual(['next', 2, 'registered', 'handedOver'])
    const { normalised: url } = parseTargetUrl('https://elsewhere.example/')
    const moved = updateMappings(context('url'), [{ id: mappingId(10), url }])(account).account
    expect(progressOf(moved)).toEqual(['next', 2, 'waiting', 'handedOver'])
  })

  it.each([
    ['is not there', 'h9', staged],
    ['was revoked', 'h1', after(from(staged), handOver('h1'), revokeHandover(context('revoke'), id, 'h1'))],
    ['has expired', 'h1', after(from(staged), handOver('h1', [], '2026-01-03T00:00:00.000Z'))],
  ])('that %s says the same to whoever has the link', (_, name, account) => {
    const wrong = { ...key('h1'), codeSha256: digestOf('guessed') }
    const expected = errorOf(() => findHandover(after(from(staged), handOver('h1')), wrong, at(3).at))
    expect(expected.code).toBe('HANDOVER_VOID')
    for (const attempt of [
      () => findHandover(account, key(name), at(3).at),
      () => openHandover(at(3), key(name))(account),
      () => answer(name, 'next', [])(account),
    ]) {
      expect(errorOf(attempt)).toMatchObject({ code: 'HANDOVER_VOID', message: expected.message })
    }
  })

  it('is dropped by the first change after its end, and goes with its certificate', () => {
    const account = after(from(staged), handOver('h1'), handOver('h2', [], '2026-01-30T00:00:00.000Z'))
    const later = changeSettings(at(10), { unmappedCalls: 'refuse' })(account).account
    expect(later.handovers?.map((handover) => handover.id)).toEqual(['h2'])
    const empty = after(
      from(later),
      deleteMapping(context('d1'), mappingId(10)),
      deleteMapping(context('d2'), mappingId(11)),
      deleteCertificate(context('d3'), id),
    )
    expect(empty.handovers).toEqual([])
  })

  it('is revoked by its id, with a notice, and only of its own certificate', () => {
    const account = after(from(staged), handOver('h1'))
    expect(errorOf(() => revokeHandover(context(), certificateId(2), 'h1')(account)).code).toBe('HANDOVER_NOT_FOUND')
    const { account: left, revoked } = revokeHandover(context('revoke'), id, 'h1')(account)
    expect(left.handovers).toEqual([])
    expect(revoked).toEqual(['h1'])
    expect(left.changes.at(-1)).toMatchObject({
      action: 'handovers.revoke',
      subjects: ['h1 h1 of bank', 'certificate 1'],
    })
    // What was said stays known.
    expect(progressOf(left)).toEqual(['next', 2, 'handedOver', 'waiting'])
  })

  it('is refused beyond its bounds', () => {
    const full = after(
      from(staged),
      ...Array.from({ length: maxHandoversOfCertificate }, (_, at) => handOver(`h${at}`, [])),
    )
    expect(errorOf(() => handOver('more')(full))).toMatchObject({ code: 'TOO_MANY_HANDOVERS', details: { limit: 50 } })
    expect(errorOf(() => handOver('h1', [12])(staged)).code).toBe('MAPPING_NOT_OF_CERTIFICATE')
    expect(errorOf(() => handOver('h1', [], context().at)(staged)).code).toBe('EXPIRY_NOT_IN_FUTURE')
    expect(errorOf(() => handOver('h1', [], '2026-02-02T00:00:00.000Z')(staged)).code).toBe('EXPIRY_TOO_LATE')
    const pending = after(requestCertificate(context(), { id, name: 'c1', request: request('key') }))
    expect(errorOf(() => handOver('h1', [])(pending)).code).toBe('CERTIFICATE_PENDING_SIGNATURE')
  })
})
