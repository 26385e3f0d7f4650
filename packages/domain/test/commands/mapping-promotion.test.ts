import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  type CertificateOutcome,
  createCertificates,
  createMappings,
  deleteMapping,
  dropOldPrevious,
  dropPrevious,
  dropStaged,
  promoteMappings,
  promoteStaged,
  promotionProgress,
  recordProbe,
  replaceCertificates,
  rollBack,
  rollBackMappings,
  stageVersion,
  updateMappings,
  usableVersion,
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
const now = Date.parse(context().at)
const saved = createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2')])
const mapped = createMappings(context('map'), [
  newMapping(10, 'bank', 1),
  newMapping(11, 'idp', 1),
  newMapping(12, 'other', 2),
])
const staged = after(saved, mapped, stageVersion(context('stage'), id, uploaded('next')))
const from = (account: Account) => () => ({ account, result: undefined, revoked: [] })
const promote = (...ids: readonly number[]) =>
  promoteMappings(context(`promote-${ids.join('-')}`), id, ids.map(mappingId), {
    version: version('next'),
    force: false,
  })
const back = (previous: string | undefined, ...ids: readonly number[]) =>
  rollBackMappings(context(`back-${ids.join('-')}`), id, ids.map(mappingId), previous ? version(previous) : undefined)

/** The versions that calls under the mappings of the certificate present. */
function presented({
  certificates,
  mappings,
}: Pick<Account, 'certificates' | 'mappings'>): readonly (string | undefined)[] {
  return mappings.slice(0, 2).map((mapping) => {
    const certificate = certificates.find((each) => each.id === mapping.certificateId)
    const usable = certificate && usableVersion(mapping, certificate, now)
    return usable && 'version' in usable ? usable.version.versionId : undefined
  })
}

const progressOf = (account: Account) => {
  const [certificate] = account.certificates
  const progress = certificate && promotionProgress(account, certificate)
  return progress && [progress.version, progress.left, ...progress.mappings.map(({ state }) => state)]
}

describe('promoting for some mappings', () => {
  it('has them present what is staged, and leaves the others with the version in use', () => {
    const { account, result, revoked } = promote(10)(staged)
    expect(presented(account)).toEqual(['next', 'v1'])
    expect(account.certificates[0]).toMatchObject({ current: { versionId: 'v1' }, staged: { versionId: 'next' } })
    expect(result.dropped).toBeUndefined()
    expect(revoked).toEqual(['mappings'])
    expect(progressOf(account)).toEqual(['next', 1, 'presents', 'waiting'])
    expect(account.changes.at(-1)).toMatchObject({
      action: 'certificates.promote-mappings',
      subjects: ['1 c1', 'mapping 10 bank'],
    })
    expect(account.mappings.map(({ revision }) => revision)).toEqual([4, 2, 2])
  })

  it('asks of a probe what it found for these alone', () => {
    const found = (id: number, ok: boolean) => {
      const clientCertificate = ok ? ('accepted' as const) : ('refused' as const)
      return { url: `https://t.example/${id}`, mappingId: mappingId(id), ok, clientCertificate }
    }
    const { versionId } = version('next')
    const results = [found(10, true), found(11, false)]
    const probed = recordProbe(context('probe'), id, { versionId, revision: staged.revision, ok: false, results })(
      staged,
    ).account
    expect(presented(promote(10)(probed).account)).toEqual(['next', 'v1'])
    expect(errorOf(() => promote(11)(probed)).code).toBe('STAGED_PROBE_FAILED')
    expect(errorOf(() => promote(10, 11)(probed)).code).toBe('STAGED_PROBE_FAILED')
  })

  it('says whose target accepted it in the last probe', () => {
    const probed = (...results: readonly (readonly [number, CertificateOutcome])[]) =>
      recordProbe({ ...context(`p-${results.flat().join('-')}`), at: '2026-01-05T00:00:00.000Z' }, id, {
        versionId: version('next').versionId,
        revision: staged.revision,
        ok: results.every(([, clientCertificate]) => clientCertificate !== 'refused'),
        results: results.map(([mapping, clientCertificate]) => ({
          ...{ url: `https://t.example/${mapping}`, mappingId: mappingId(mapping), clientCertificate },
          ok: clientCertificate !== 'refused',
        })),
      })
    const account = after(from(staged), probed([10, 'accepted'], [11, 'refused']))
    expect(progressOf(account)).toEqual(['next', 2, 'tested', 'waiting'])
    const [certificate] = account.certificates
    expect(certificate && promotionProgress(account, certificate)?.mappings).toMatchObject([
      { since: '2026-01-05T00:00:00.000Z' },
      { since: undefined },
    ])
    const some = promote(10)(account).account
    expect(progressOf(some)).toEqual(['next', 1, 'presents', 'waiting'])
    const both = after(from(some), probed([10, 'accepted'], [11, 'accepted']))
    expect(progressOf(both)).toEqual(['next', 1, 'presents', 'tested'])
    // It is taken back by the next probe, and says nothing of what was rolled back since, or of another version.
    expect(progressOf(after(from(account), probed([10, 'doubtful'], [11, 'refused'])))).toBeUndefined()
    expect(progressOf(back(undefined, 10)(some).account)).toEqual(['next', 2, 'rolledBack', 'waiting'])
    expect(progressOf(after(from(account), stageVersion(context('o'), id, uploaded('other'))))).toBeUndefined()
  })

  it('puts it in use for all once none is left, and keeps only since when each presents it', () => {
    const account = after(saved, mapped, stageVersion(context('stage'), id, uploaded('next')), promote(10), promote(11))
    expect(presented(account)).toEqual(['next', 'next'])
    const [certificate] = account.certificates
    expect(certificate).toMatchObject({ current: version('next'), currentSince: 5, previous: { versionId: 'v1' } })
    expect(certificate?.staged).toBeUndefined()
    expect(certificate).not.toHaveProperty('pinned')
    expect(account.mappings.some((mapping) => 'pinned' in mapping)).toBe(false)
    const states = account.mappings.map(({ promotion }) => promotion?.state)
    expect(states).toEqual(['presents', 'presents', undefined])
    expect(progressOf(account)).toBeUndefined()
  })

  it('is what promoting the certificate does for all at once', () => {
    const whole = promoteStaged(context('whole'), id, { version: version('next'), force: false })
    const account = after(() => promote(10)(staged), whole)
    expect(presented(account)).toEqual(['next', 'next'])
    expect(account.mappings.some((mapping) => 'pinned' in mapping)).toBe(false)
  })

  it('is refused for what a promotion is refused for, and for mappings of other certificates', () => {
    expect(errorOf(() => promote(10, 12)(staged))).toMatchObject({
      code: 'MAPPING_NOT_OF_CERTIFICATE',
      message: expect.stringContaining(': 12.'),
    })
    expect(errorOf(() => promote(99)(staged)).code).toBe('MAPPING_NOT_OF_CERTIFICATE')
    expect(errorOf(() => promote(10)(after(saved, mapped))).code).toBe('STAGED_NOT_FOUND')
    const other = promoteMappings(context(), id, [mappingId(10)], { version: version('other'), force: false })
    expect(errorOf(() => other(staged)).code).toBe('VERSION_CHANGED')
  })

  it('bars what would take the version away that mappings present', () => {
    const underway = promote(10)(staged).account
    const codes = [
      () => stageVersion(context('again'), id, uploaded('third'))(underway),
      () => dropStaged(context('drop'), id)(underway),
    ].map((work) => errorOf(work).code)
    expect(codes).toEqual(['PROMOTION_UNDERWAY', 'PROMOTION_UNDERWAY'])
    const [replaced] = replaceCertificates(context('put'), [{ id, version: version('put') }])(underway).result
    expect(replaced).toMatchObject({ error: { code: 'PROMOTION_UNDERWAY' } })
  })

  it('a mapping that gets another certificate presents that', () => {
    const moved = updateMappings(context('move'), [{ id: mappingId(10), certificateId: certificateId(2) }])
    const account = after(() => promote(10)(staged), moved)
    expect(presented(account)).toEqual(['v2', 'v1'])
    expect(account.mappings[0]).not.toHaveProperty('promotion')
  })

  it('a mapping that is made meanwhile waits', () => {
    const account = after(() => promote(10)(staged), createMappings(context('more'), [newMapping(13, 'late', 1)]))
    expect(progressOf(account)).toEqual(['next', 2, 'presents', 'waiting', 'waiting'])
  })
})

describe('rolling some mappings back', () => {
  it('takes them from what is staged to the version in use', () => {
    const account = after(() => promote(10)(staged), back(undefined, 10))
    expect(presented(account)).toEqual(['v1', 'v1'])
    expect(progressOf(account)).toEqual(['next', 2, 'rolledBack', 'waiting'])
    expect(account.certificates[0]).not.toHaveProperty('pinned')
    expect(dropStaged(context('drop'), id)(account).result.dropped).toMatchObject({ versionId: 'next' })
  })

  const whole = promoteStaged(context('whole'), id, { version: version('next'), force: false })
  const promoted = whole(staged).account

  it('takes them from the version in use to the previous one, and from there forward again', () => {
    const account = back('v1', 11)(promoted).account
    expect(presented(account)).toEqual(['next', 'v1'])
    expect(progressOf(account)).toEqual(['next', 1, 'presents', 'rolledBack'])
    const forward = promoteMappings(context('forward'), id, [mappingId(11)], undefined)(account).account
    expect(presented(forward)).toEqual(['next', 'next'])
    expect(progressOf(forward)).toBeUndefined()
  })

  it('goes forward also while a key waits for its signature, which nothing else can be promoted to', () => {
    const requested = stageVersion(context('request'), id, request('key'))
    const forward = (...ids: readonly number[]) => promoteMappings(context('on'), id, ids.map(mappingId), undefined)
    const account = after(() => back('v1', 11)(promoted), requested)
    expect(errorOf(() => forward(10)(account)).code).toBe('STAGED_PENDING')
    const next = forward(11)(account).account
    expect(presented(next)).toEqual(['next', 'next'])
    expect(next.certificates[0]?.staged).toEqual(request('key'))
  })

  it('keeps the previous version for as long as a mapping presents it', () => {
    const account = back('v1', 11)(promoted).account
    expect(errorOf(() => dropPrevious(context('drop'), id)(account)).code).toBe('PROMOTION_UNDERWAY')
    expect(dropOldPrevious(context('old'), '2030-01-01T00:00:00.000Z')(account).result).toEqual([])
    expect(presented(rollBack(context('all'), id, version('v1'))(account).account)).toEqual(['v1', 'v1'])
  })

  it('tells who comes too late, and where there is no way back', () => {
    expect(errorOf(() => back('v0', 11)(promoted)).code).toBe('VERSION_CHANGED')
    expect(errorOf(() => back(undefined, 10)(after(saved, mapped))).code).toBe('PREVIOUS_NOT_FOUND')
    const expired = rollBackMappings(context(), id, [mappingId(10)], version('v1', '2021-01-01T00:00:00.000Z'))
    expect(errorOf(() => expired(promoted)).code).toBe('CERTIFICATE_EXPIRED')
  })
})

describe('a promotion of which mappings go away', () => {
  const some = after(from(staged), promote(10))
  const remove = (mapping: number) => deleteMapping(context(`delete-${mapping}`), mappingId(mapping))
  const move = (mapping: number) =>
    updateMappings(context(`move-${mapping}`), [{ id: mappingId(mapping), certificateId: certificateId(2) }])

  it.each([
    ['deleted', remove],
    ['moved', move],
  ])('is complete once the last that does not present it is %s', (_, leave) => {
    const account = leave(11)(some).account
    expect(account.certificates[0]).toMatchObject({ current: { versionId: 'next' }, previous: { versionId: 'v1' } })
    expect(account.certificates[0]).not.toHaveProperty('staged')
    expect(account.certificates[0]).not.toHaveProperty('pinned')
    expect(account.mappings[0]).not.toHaveProperty('pinned')
    expect(account.certificates[0]?.currentSince).toBe(account.revision)
  })

  it.each([
    ['deleted', remove],
    ['moved', move],
  ])('is over once the last that presents it is %s', (_, leave) => {
    const account = leave(10)(some).account
    expect(account.certificates[0]).toMatchObject({ current: { versionId: 'v1' }, staged: { versionId: 'next' } })
    expect(account.certificates[0]).not.toHaveProperty('pinned')
    const replaced = replaceCertificates(context('put'), [{ id, version: version('v3') }])(account)
    expect(replaced.result).toMatchObject([{ certificate: { current: { versionId: 'v3' } } }])
  })

  it('goes on while some of either kind are there', () => {
    const more = after(from(some), createMappings(context('more'), [newMapping(13, 'more', 1)]), remove(11))
    expect(progressOf(more)).toEqual(['next', 1, 'presents', 'waiting'])
    expect(more.certificates[0]).toMatchObject({ pinned: [{ versionId: 'next' }], staged: { versionId: 'next' } })
  })

  it('does not put in use by itself what has expired', () => {
    const late = { ...context('late'), at: '2030-01-02T00:00:00.000Z' }
    const account = deleteMapping(late, mappingId(11))(some).account
    expect(account.certificates[0]).toMatchObject({ current: { versionId: 'v1' }, staged: { versionId: 'next' } })
  })
})
