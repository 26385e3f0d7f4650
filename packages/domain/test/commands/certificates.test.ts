import { describe, expect, it } from '@jest/globals'
import { createCertificates, deleteCertificate, emptyAccount, replaceCertificates } from '../../src/index.ts'
import { accountId, certificateId, context, newCertificate, version } from '../account-fixtures.ts'
import { after, errorOf, withMappings } from '../applying.ts'

const withCertificate = () => after(createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2')]))

describe('certificates', () => {
  it('are stored without the one whose name is taken, which is told', () => {
    const { account, result } = createCertificates(context(), [
      newCertificate(1, 'c1'),
      newCertificate(2, 'c1'),
      newCertificate(3, 'c3'),
    ])(emptyAccount(accountId))
    expect(account.certificates.map(({ id }) => id)).toEqual([1, 3])
    expect(result.map((outcome) => ('error' in outcome ? outcome.error.code : 'saved'))).toEqual([
      'saved',
      'CERTIFICATE_NAME_TAKEN',
      'saved',
    ])
  })

  it('leave the account as it is when none can be stored', () => {
    const account = withCertificate()
    expect(createCertificates(context('change-2'), [newCertificate(9, 'c1')])(account).account).toBe(account)
  })

  it('keep id and mappings when they are replaced, and the version before', () => {
    const account = withMappings()
    const next = replaceCertificates(context('change-3'), [{ id: certificateId(1), version: version('new') }])(account)
    expect(next.account.certificates[0]).toMatchObject({
      id: 1,
      name: 'c1',
      current: { versionId: 'new' },
      currentSince: 3,
      revision: 3,
      previous: { versionId: 'v1', keyId: 'key-v1', replacedAt: context().at },
    })
    expect(next.account.mappings).toEqual(account.mappings)
    expect(next.result[0]).not.toHaveProperty('dropped')
  })

  it('that are replaced again tell which version had to make room', () => {
    const replace = (change: string) =>
      replaceCertificates(context(change), [{ id: certificateId(1), version: version(change) }])
    const { account, result } = replace('change-4')(replace('change-3')(withCertificate()).account)
    expect(account.certificates[0]).toMatchObject({
      current: { versionId: 'change-4' },
      previous: { versionId: 'change-3' },
    })
    expect(result[0]).toMatchObject({ dropped: { versionId: 'v1' } })
  })

  it('can swap names in one request, but not take a name of a third', () => {
    const account = after(
      createCertificates(context(), [newCertificate(1, 'a'), newCertificate(2, 'b'), newCertificate(3, 'c')]),
    )
    const rename = (id: number, name: string) => ({ id: certificateId(id), name, version: version(`n${id}`) })
    const { result } = replaceCertificates(context('change-2'), [rename(1, 'x'), rename(2, 'a'), rename(3, 'a')])(
      account,
    )
    expect(result.map((outcome) => ('error' in outcome ? outcome.error.code : outcome.certificate.name))).toEqual([
      'x',
      'a',
      'CERTIFICATE_NAME_TAKEN',
    ])
  })

  it('can not be replaced twice in one request', () => {
    const { result, account } = replaceCertificates(context('change-2'), [
      { id: certificateId(1), version: version('first') },
      { id: certificateId(1), version: version('second') },
    ])(withCertificate())
    expect(result.map((outcome) => ('error' in outcome ? outcome.error.code : 'saved'))).toEqual([
      'saved',
      'VALIDATION_FAILED',
    ])
    expect(account.certificates[0]?.current?.versionId).toBe('first')
  })

  it('leave an audit entry of at most 2 KiB, whatever their names and whoever asks', () => {
    const names = Array.from({ length: 100 }, (_, index) => `${index}${'😀'.repeat(126)}`)
    const { account } = createCertificates(
      { ...context(), actor: 'ä'.repeat(5_000) },
      names.map((name, index) => newCertificate(index + 1, name)),
    )(emptyAccount(accountId))
    expect(Buffer.byteLength(JSON.stringify(account.changes[0]))).toBeLessThan(2_048)
    expect(account.changes[0]).toMatchObject({ subjectCount: 100, subjects: { length: 5 } })
  })

  it('in use are not deleted, and the mappings are named', () => {
    const error = errorOf(() => deleteCertificate(context('change-3'), certificateId(1))(withMappings()))
    expect(error.code).toBe('CERTIFICATE_IN_USE')
    expect(error.details.mappings).toEqual([
      { id: 10, name: 'm1' },
      { id: 11, name: 'm2' },
    ])
  })

  it('that are deleted stop at once', () => {
    const { account, revoked } = deleteCertificate(context('change-2'), certificateId(1))(withCertificate())
    expect(account.certificates.map(({ id }) => id)).toEqual([2])
    expect(revoked).toEqual(['v1'])
  })

  it('that are deleted stop with all their versions', () => {
    const id = certificateId(1)
    const replaced = replaceCertificates(context('change-2'), [{ id, version: version('new') }])(withCertificate())
    expect(deleteCertificate(context('change-3'), id)(replaced.account).revoked).toEqual(['new', 'v1'])
  })
})
