import { describe, expect, it } from '@jest/globals'
import { versionDifferenceCodes, versionDifferences } from '../../src/index.ts'
import { version } from '../account-fixtures.ts'

const names = ['DNS:a.example', 'IP:192.0.2.1']
const current = { ...version('v1'), subjectAltNames: names }
const renewed = { ...version('v2', '2031-01-01T00:00:00.000Z'), subjectAltNames: names }

const cases = [
  ['SAME_CERTIFICATE', { ...current }, current.fingerprintSha256, current.fingerprintSha256],
  [
    'EXPIRES_EARLIER',
    { ...renewed, notAfter: '2029-12-31T23:59:59.000Z' },
    '2030-01-01T00:00:00.000Z',
    '2029-12-31T23:59:59.000Z',
  ],
  ['SUBJECT_DIFFERS', { ...renewed, subject: 'CN=other' }, 'CN=client', 'CN=other'],
  ['NAMES_DIFFER', { ...renewed, subjectAltNames: [] }, 'DNS:a.example, IP:192.0.2.1', ''],
  ['ISSUER_DIFFERS', { ...renewed, issuer: 'CN=other ca' }, 'CN=ca', 'CN=other ca'],
  ['KEY_TYPE_DIFFERS', { ...renewed, keyType: 'RSA-2048' }, 'EC-P256', 'RSA-2048'],
  ['CLIENT_AUTH_DIFFERS', { ...renewed, clientAuth: 'absent' as const }, 'present', 'absent'],
] as const

describe('what the next version differs in', () => {
  it.each(cases)('is told: %s', (code, next, from, to) => {
    expect(versionDifferences(current, next)).toEqual([{ code, message: expect.stringMatching(/^It .*\.$/), from, to }])
  })

  it('has a case here for each', () => {
    expect(cases.map(([code]) => code)).toEqual(versionDifferenceCodes)
  })

  it('is nothing for a usual renewal: later expiry, new serial number, new key', () => {
    const next = { ...renewed, serialNumber: '02', spkiSha256: 'd'.repeat(43), notBefore: '2026-01-01T00:00:00.000Z' }
    expect(versionDifferences(current, next)).toEqual([])
  })

  it('is neither the order of the names, nor the same expiry, nor a usage that lets more through', () => {
    const next = { ...renewed, notAfter: current.notAfter, subjectAltNames: names.toReversed() }
    expect(versionDifferences(current, { ...next, clientAuth: 'unrestricted' })).toEqual([])
  })

  it('is not told of names that are not known', () => {
    expect(versionDifferences({ ...current, subjectAltNames: undefined }, { ...renewed, subjectAltNames: [] })).toEqual(
      [],
    )
  })
})
