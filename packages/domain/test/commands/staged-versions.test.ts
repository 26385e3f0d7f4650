import { describe, expect, it } from '@jest/globals'
import {
  createCertificates,
  dropStaged,
  type ProbedUrl,
  promoteStaged,
  recordProbe,
  replaceCertificates,
  rollBack,
  stageVersion,
  type VersionDifferenceCode,
} from '../../src/index.ts'
import { certificateId, context, newCertificate, request, uploaded, version } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

const id = certificateId(1)
const saved = createCertificates(context(), [newCertificate(1, 'c1')])
const stage = (name: string) => stageVersion(context(`stage-${name}`), id, uploaded(name))
const promote = (name: string, force = false) =>
  promoteStaged(context(`promote-${name}`), id, { version: version(name), force })
const probed = (name: string, ok: boolean, results: readonly ProbedUrl[] = []) =>
  recordProbe(context(`probe-${name}`), id, { versionId: version(name).versionId, revision: 1, ok, results })

describe('a staged version', () => {
  it('changes nothing of what is in use', () => {
    const [certificate] = after(saved, stage('next')).certificates
    expect(certificate).toMatchObject({ current: { versionId: 'v1' }, currentSince: 1, revision: 2 })
    expect(certificate?.staged).toEqual(uploaded('next'))
  })

  it('gives way to one that is staged later, and is told as dropped', () => {
    const { account, result } = stage('other')(after(saved, stage('next')))
    expect(account.certificates[0]?.staged).toEqual(uploaded('other'))
    expect(result.dropped).toEqual(uploaded('next'))
  })

  it('can be dropped, once', () => {
    const account = after(saved, stage('next'))
    const { result, revoked } = dropStaged(context('drop'), id)(account)
    expect(result).toMatchObject({ dropped: { versionId: 'next' } })
    expect(result.certificate.staged).toBeUndefined()
    expect(revoked).toEqual([])
    expect(errorOf(() => dropStaged(context('again'), id)(after(saved))).code).toBe('STAGED_NOT_FOUND')
  })

  it('stays through a plain replacement', () => {
    const replace = replaceCertificates(context('put'), [{ id, version: version('put') }])
    const [certificate] = after(saved, stage('next'), replace).certificates
    expect(certificate).toMatchObject({ current: { versionId: 'put' }, staged: { versionId: 'next' } })
  })
})

describe('promoting', () => {
  it('puts the staged version in use, whole, and keeps the one before', () => {
    const { account, result, revoked } = promote('next')(after(saved, stage('next')))
    const [certificate] = account.certificates
    expect(certificate).toMatchObject({ current: version('next'), currentSince: 3, revision: 3 })
    expect(certificate?.staged).toBeUndefined()
    expect(certificate?.previous).toMatchObject({ versionId: 'v1', replacedAt: context().at })
    expect(result.dropped).toBeUndefined()
    expect(revoked).toEqual([])
    expect(account.changes.at(-1)).toMatchObject({ subjects: ['1 c1'], fields: ['current', 'staged', 'previous'] })
  })

  it('can be made to depend on what was read of the certificate', () => {
    const staged = after(saved, stage('next'))
    const on = (revision: number) => {
      const precondition = { of: 'subject' as const, revisions: [revision] }
      return promoteStaged({ ...context('promote'), precondition }, id, { version: version('next'), force: false })
    }
    expect(errorOf(() => on(1)(staged)).code).toBe('PRECONDITION_FAILED')
    expect(on(2)(staged).account.revision).toBe(3)
  })

  it('tells what had to make room for the one before', () => {
    const { result } = promote('third')(after(saved, stage('next'), promote('next'), stage('third')))
    expect(result).toMatchObject({ dropped: { versionId: 'v1' }, certificate: { previous: { versionId: 'next' } } })
  })

  it('tells who comes too late', () => {
    const staged = after(saved, stage('next'))
    expect(errorOf(() => promote('next')(promote('next')(staged).account)).code).toBe('STAGED_NOT_FOUND')
    expect(errorOf(() => promote('next')(stage('other')(staged).account)).code).toBe('VERSION_CHANGED')
    expect(errorOf(() => promote('next')(after())).code).toBe('CERTIFICATE_NOT_FOUND')
  })

  it('refuses a key that waits for its signature, and what has expired', () => {
    const pending = stageVersion(context('csr'), id, request('key'))
    expect(errorOf(() => promote('next', true)(after(saved, pending))).code).toBe('STAGED_PENDING')
    const expired = version('next', '2026-01-01T00:00:00.000Z')
    const promotion = promoteStaged(context('promote'), id, { version: expired, force: true })
    expect(errorOf(() => promotion(after(saved, stage('next')))).code).toBe('CERTIFICATE_EXPIRED')
  })

  it('refuses what is not valid yet, unless forced', () => {
    const early = { ...version('next'), notBefore: '2026-06-01T00:00:00.000Z' }
    const promotion = (force: boolean) => promoteStaged(context('promote'), id, { version: early, force })
    expect(errorOf(() => promotion(false)(after(saved, stage('next')))).code).toBe('STAGED_NOT_YET_VALID')
    expect(promotion(true)(after(saved, stage('next'))).account.certificates[0]?.current).toEqual(early)
  })

  it('refuses what failed its last probe, unless forced', () => {
    const failed = after(saved, stage('next'), probed('next', false))
    expect(failed.certificates[0]?.staged).toMatchObject({ probe: { at: context().at, ok: false } })
    expect(errorOf(() => promote('next')(failed)).code).toBe('STAGED_PROBE_FAILED')
    expect(promote('next', true)(failed).account.certificates[0]?.current?.versionId).toBe('next')
    const mended = after(saved, stage('next'), probed('next', false), probed('next', true))
    expect(promote('next')(mended).account.certificates[0]?.current?.versionId).toBe('next')
  })

  const differing = { ...version('next', '2029-01-01T00:00:00.000Z'), subject: 'CN=other' }
  const promoteDiffering = (accepted: readonly VersionDifferenceCode[]) =>
    promoteStaged(context('promote'), id, { version: differing, force: true, accepted })(after(saved, stage('next')))

  it('refuses what differs from the version in use beyond a renewal, unless each difference is accepted', () => {
    const { code, details } = errorOf(() => promoteDiffering(['SUBJECT_DIFFERS', 'ISSUER_DIFFERS']))
    expect(code).toBe('NEXT_VERSION_DIFFERS')
    expect(details.differences).toMatchObject([
      { code: 'EXPIRES_EARLIER', from: '2030-01-01T00:00:00.000Z', to: '2029-01-01T00:00:00.000Z' },
      { code: 'SUBJECT_DIFFERS', from: 'CN=client', to: 'CN=other' },
    ])
    const { account } = promoteDiffering(['EXPIRES_EARLIER', 'SUBJECT_DIFFERS'])
    expect(account.certificates[0]?.current).toEqual(differing)
  })

  it('compares names only with those of the version that is in use when it is made', () => {
    const names = { current: ['DNS:a.example'], next: ['DNS:b.example'] }
    const promotion = (of: string) =>
      promoteStaged(context('promote'), id, {
        version: version('next'),
        force: false,
        names: { ...names, of: version(of).versionId },
      })
    const staged = after(saved, stage('next'))
    expect(errorOf(() => promotion('v1')(staged)).details.differences).toMatchObject([{ code: 'NAMES_DIFFER' }])
    expect(errorOf(() => promotion('v0')(staged)).code).toBe('VERSION_CHANGED')
  })

  it('is not hindered by the probe of what was staged before', () => {
    const other = after(saved, stage('next'), stage('other'))
    expect(probed('next', false)(other)).toMatchObject({ account: other, result: false })
    expect(probed('next', false)(other).account).toBe(other)
    expect(promote('other')(other).account.certificates[0]?.current?.versionId).toBe('other')
  })

  const result = (url: string, ok: boolean): ProbedUrl => ({ url, ok, clientCertificate: ok ? 'accepted' : 'refused' })
  const keptOf = (results: readonly ProbedUrl[]) => {
    const [certificate] = after(saved, stage('next'), probed('next', false, results)).certificates
    return certificate?.staged && 'probe' in certificate.staged ? certificate.staged.probe : undefined
  }

  it('keeps how a probe ended without what it found, where it is told to', () => {
    const results = [result('https://a.example/', true), result('https://b.example/', false)]
    const probed = { versionId: version('next').versionId, revision: 2, ok: false, results, keepsResults: false }
    const applied = recordProbe(context('probe'), id, probed)(after(saved, stage('next')))
    expect(applied.result).toBe(true)
    const probe = { at: context().at, revision: 2, ok: false, results: [], omitted: 2 }
    expect(applied.account.certificates[0]?.staged).toMatchObject({ probe })
  })

  it('keeps what the last probe found at each url, failures first, until it is staged anew or promoted', () => {
    const [one, two] = [result('https://a.example/', true), result('https://b.example/', false)]
    expect(keptOf([one, two])).toEqual({ at: context().at, revision: 1, ok: false, results: [two, one] })
    const again = after(saved, stage('next'), probed('next', false, [two]), probed('next', true, [one]))
    expect(again.certificates[0]?.staged).toMatchObject({ probe: { ok: true, results: [one] } })
    for (const next of [stage('other'), promote('next')]) {
      expect(JSON.stringify(next(again).account.certificates)).not.toContain('a.example')
    }
  })

  it('keeps at most 100 results, and 16 KiB of urls', () => {
    const short = Array.from({ length: 130 }, (_, n) => result(`https://t.example/${n}`, n !== 129))
    const kept = keptOf(short)
    expect(kept).toMatchObject({ results: { length: 100 }, omitted: 30 })
    expect(kept?.results?.[0]?.ok).toBe(false)
    const long = Array.from({ length: 9 }, (_, n) => result(`https://t.example/${n}`.padEnd(2_048, 'x'), true))
    expect(keptOf(long)).toMatchObject({ results: { length: 8 }, omitted: 1 })
  })
})

describe('rolling back', () => {
  const back = (name: string, change = `back-${name}`) => rollBack(context(change), id, version(name))
  const promoted = [saved, stage('next'), promote('next')]

  it('puts the previous version in use again, and twice leads forth again', () => {
    const once = after(...promoted, back('v1'))
    expect(once.certificates[0]).toMatchObject({
      current: version('v1'),
      currentSince: 4,
      previous: { versionId: 'next' },
    })
    expect(back('next')(once).account.certificates[0]).toMatchObject({
      current: version('next'),
      previous: { versionId: 'v1' },
    })
  })

  it('keeps what is staged', () => {
    const [certificate] = after(...promoted, stage('third'), back('v1')).certificates
    expect(certificate?.staged?.versionId).toBe('third')
  })

  it('tells who comes too late, and who has nothing to go back to', () => {
    expect(errorOf(() => back('v1')(after(saved))).code).toBe('PREVIOUS_NOT_FOUND')
    expect(errorOf(() => back('v1', 'again')(after(...promoted, back('v1')))).code).toBe('VERSION_CHANGED')
  })

  it('refuses a version that has expired', () => {
    const expired = rollBack(context('back'), id, version('v1', '2026-01-01T00:00:00.000Z'))
    expect(errorOf(() => expired(after(...promoted))).code).toBe('CERTIFICATE_EXPIRED')
  })
})
