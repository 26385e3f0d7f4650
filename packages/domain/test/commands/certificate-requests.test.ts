import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  type CertificateVersion,
  completedVersion,
  completeRequest,
  createCertificates,
  deleteCertificate,
  dropStaged,
  promoteStaged,
  replaceCertificates,
  requestCertificate,
  stageVersion,
} from '../../src/index.ts'
import { certificateId, context, newCertificate, request, uploaded, version } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

const id = certificateId(1)
const requested = requestCertificate(context(), { id, name: 'c1', request: request('key') })
const signed = (key: string, name = 'signed'): CertificateVersion => ({ ...version(name), keyId: request(key).keyId })
const complete = (place: 'certificate' | 'staged', given: CertificateVersion) =>
  completeRequest(context(`complete-${given.versionId}`), id, { place, version: given })

describe('a certificate that is made by a signing request', () => {
  it('has no version in use until the signed certificate has come', () => {
    const account = after(requested)
    expect(account.certificates).toMatchObject([{ id: 1, name: 'c1', staged: request('key') }])
    expect(account.certificates[0]?.current).toBeUndefined()
    const [certificate] = complete('certificate', signed('key'))(account).account.certificates
    expect(certificate).toMatchObject({ current: signed('key'), currentSince: 2 })
    expect(certificate).not.toHaveProperty('staged')
    expect(certificate).not.toHaveProperty('previous')
  })

  it('has a name that nobody has', () => {
    const again = requestCertificate(context('2'), { id: certificateId(2), name: 'c1', request: request('other') })
    expect(errorOf(() => again(after(requested))).code).toBe('CERTIFICATE_NAME_TAKEN')
  })

  it('takes no certificate of another key, and each once', () => {
    const account = after(requested)
    expect(errorOf(() => complete('certificate', signed('other'))(account)).code).toBe('VERSION_CHANGED')
    const otherSpki = { ...signed('key'), spkiSha256: 'd'.repeat(43) }
    expect(errorOf(() => complete('certificate', otherSpki)(account)).code).toBe('VERSION_CHANGED')
    expect(errorOf(() => complete('staged', signed('key'))(account)).code).toBe('NO_PENDING_REQUEST')
    const done = complete('certificate', signed('key'))(account).account
    expect(errorOf(() => complete('certificate', signed('key', 'again'))(done)).code).toBe('NO_PENDING_REQUEST')
  })

  it('has what it was completed with in use, and nothing before', () => {
    const account = after(requested)
    const completedIn = ({ certificates: [certificate] }: Account, place: 'certificate' | 'staged') =>
      certificate && completedVersion(certificate, place)
    expect([completedIn(account, 'certificate'), completedIn(account, 'staged')]).toEqual([undefined, undefined])
    const done = complete('certificate', signed('key'))(account).account
    expect(completedIn(done, 'certificate')).toEqual(signed('key'))
    expect(completedIn(done, 'staged')).toBeUndefined()
  })

  it('can be asked for again with another key, and be deleted, but not be left with nothing', () => {
    const again = stageVersion(context('csr'), id, request('other'))(after(requested))
    expect(again.result.dropped).toEqual(request('key'))
    expect(errorOf(() => dropStaged(context('drop'), id)(again.account)).code).toBe('CERTIFICATE_PENDING_SIGNATURE')
    const upload = stageVersion(context('stage'), id, uploaded('next'))
    expect(errorOf(() => upload(again.account)).code).toBe('CERTIFICATE_PENDING_SIGNATURE')
    const deleted = deleteCertificate(context('delete'), id)(again.account)
    expect(deleted).toMatchObject({ account: { certificates: [] }, revoked: [] })
  })

  it('may be uploaded with another key meanwhile; the request then is one for its renewal', () => {
    const replaced = after(requested, replaceCertificates(context('put'), [{ id, version: version('p12') }]))
    expect(replaced.certificates[0]).toMatchObject({ current: { versionId: 'p12' }, staged: request('key') })
    expect(replaced.certificates[0]).not.toHaveProperty('previous')
    const done = complete('staged', signed('key'))(replaced).account
    expect(done.certificates[0]).toMatchObject({ current: { versionId: 'p12' }, staged: { versionId: 'signed' } })
  })
})

describe('a renewal by a signing request', () => {
  const saved = createCertificates(context(), [newCertificate(1, 'c1')])
  const renewal = stageVersion(context('csr'), id, request('key'))

  it('is staged, signed, and promoted', () => {
    const promote = promoteStaged(context('promote'), id, { version: signed('key'), force: false })
    const [certificate] = after(saved, renewal, complete('staged', signed('key')), promote).certificates
    expect(certificate).toMatchObject({ current: signed('key'), previous: { versionId: 'v1' } })
  })

  it('has what it was completed with staged, until it is promoted', () => {
    const account = after(saved, renewal)
    const completedIn = ({ certificates: [certificate] }: Account) =>
      certificate && completedVersion(certificate, 'staged')
    expect(completedIn(account)).toBeUndefined()
    const done = complete('staged', signed('key'))(account).account
    expect(completedIn(done)).toMatchObject({ versionId: 'signed' })
    const promote = promoteStaged(context('promote'), id, { version: signed('key'), force: false })
    expect(completedIn(promote(done).account)).toBeUndefined()
  })

  it('is completed where it was made', () => {
    const account = after(saved, renewal)
    expect(errorOf(() => complete('certificate', signed('key'))(account)).code).toBe('NO_PENDING_REQUEST')
    expect(errorOf(() => complete('staged', signed('key'))(after(saved))).code).toBe('NO_PENDING_REQUEST')
  })
})
