import { describe, expect, it } from '@jest/globals'
import { createCertificates, dropOldPrevious, dropPrevious, replaceCertificates } from '../../src/index.ts'
import { certificateId, context, newCertificate, version } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

const saved = createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2'), newCertificate(3, 'c3')])
const replace = (value: number, at: string) => {
  const entry = { id: certificateId(value), version: version(`new${value}`) }
  return replaceCertificates({ ...context(`replace-${value}`), at }, [entry])
}

describe('the previous version', () => {
  it('can be forgotten, and calls that still end with it end at once', () => {
    const account = after(saved, replace(1, context().at))
    const { result, revoked, account: next } = dropPrevious(context('drop'), certificateId(1))(account)
    expect(next.certificates[0]?.previous).toBeUndefined()
    expect(next.certificates[0]?.current?.versionId).toBe('new1')
    expect(result.dropped).toMatchObject({ versionId: 'v1', keyId: 'key-v1' })
    expect(revoked).toEqual(['v1'])
    expect(errorOf(() => dropPrevious(context('again'), certificateId(1))(next)).code).toBe('PREVIOUS_NOT_FOUND')
  })

  it('is forgotten for every certificate that was replaced before a time, in one change', () => {
    const account = after(saved, replace(1, '2026-01-01T00:00:00.000Z'), replace(2, '2026-02-01T00:00:00.000Z'))
    const drop = dropOldPrevious(context('gc'), '2026-01-15T00:00:00.000Z')
    const { account: next, result, revoked } = drop(account)
    expect(result).toMatchObject([{ versionId: 'v1' }])
    expect(revoked).toEqual([])
    expect(next.certificates.map(({ previous }) => previous?.versionId)).toEqual([undefined, 'v2', undefined])
    expect(next.changes.at(-1)).toMatchObject({ action: 'certificates.drop-old-previous', subjects: ['1 c1'] })
    expect(drop(next).account).toBe(next)
  })
})
