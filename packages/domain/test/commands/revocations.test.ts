import { describe, expect, it } from '@jest/globals'
import {
  type CheckedRevocation,
  createCertificates,
  isNewRevocation,
  noteRevocations,
  revocationOf,
} from '../../src/index.ts'
import { certificateId, context, newCertificate } from '../account-fixtures.ts'
import { after } from '../applying.ts'

const id = certificateId(1)
const start = after(createCertificates(context(), [newCertificate(1, 'c1')]))
const [{ current } = {}] = start.certificates
const fingerprintSha256 = current?.fingerprintSha256 ?? ''
const at = '2026-03-01T00:00:00.000Z'
const revocation = { fingerprintSha256, revokedAt: at, foundAt: at, reason: 'superseded', source: 'ocsp' } as const
const checked: CheckedRevocation = { id, fingerprintSha256, revocation }

const noted = (all: readonly CheckedRevocation[], from = start) =>
  noteRevocations(context('change-2'), all)(from).account

describe('what an issuer says of a certificate', () => {
  it('is noted once, audited, and forgotten when the issuer says otherwise', () => {
    const account = noted([checked])
    const [certificate] = account.certificates
    expect(certificate && revocationOf(certificate)).toEqual(revocation)
    expect(account.changes.at(-1)).toMatchObject({
      action: 'certificates.note-revocation',
      subjects: [expect.stringMatching(/^1 .*\(superseded\)$/)],
    })
    expect(noted([checked], account)).toBe(account)
    expect(certificate && isNewRevocation(certificate, checked)).toBe(false)
    const lifted = noted([{ id, fingerprintSha256 }], account)
    expect(lifted.certificates[0]).not.toHaveProperty('revocation')
  })

  it('changes nothing where it is not revoked, or where another version is in use by now', () => {
    expect(noted([{ id, fingerprintSha256 }])).toBe(start)
    expect(noted([{ ...checked, fingerprintSha256: 'other' }])).toBe(start)
    expect(noted([{ ...checked, id: certificateId(9) }])).toBe(start)
  })
})
