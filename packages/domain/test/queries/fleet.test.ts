import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  countFleet,
  createCertificates,
  createMappings,
  fleetFacts,
  noteRevocations,
  requestCertificate,
  setPlan,
} from '../../src/index.ts'
import { certificateId, context, newCertificate, newMapping, request, version } from '../account-fixtures.ts'
import { after } from '../applying.ts'

const now = Date.parse(context().at)

function fleetOf({ certificates, mappings }: Account) {
  return certificates.flatMap((each) => {
    return (
      fleetFacts(
        each,
        mappings.filter(({ certificateId }) => certificateId === each.id),
        now,
      ) ?? []
    )
  })
}

describe('the fleet', () => {
  it('is counted by issuer, key type, plan and month of expiry', () => {
    const { at } = context()
    const third = { ...newCertificate(3, 'c3'), version: { ...version('v3'), issuer: 'CN=new', keyType: 'RSA-2048' } }
    const { fingerprintSha256 } = version('v2')
    const revocation = {
      fingerprintSha256,
      revokedAt: at,
      foundAt: at,
      reason: 'keyCompromise',
      source: 'crl',
    } as const
    const account = after(
      createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2'), third]),
      createMappings(context('m'), [newMapping(10, 'm1', 1), newMapping(11, 'm2', 1), newMapping(12, 'm3', 3)]),
      setPlan(context('p'), certificateId(1), {
        ...{ profile: 'vault', renewAt: 0.5, test: 'auto', promote: 'auto', rollBack: 'auto' },
      }),
      noteRevocations(context('r'), [{ id: certificateId(2), fingerprintSha256, revocation }]),
    )
    expect(countFleet(fleetOf(account))).toEqual({
      ...{ certificates: 3, revoked: 1, mappings: 3 },
      issuers: [
        ['CN=ca', { certificates: 2, revoked: 1, mappings: 2 }],
        ['CN=new', { certificates: 1, revoked: 0, mappings: 1 }],
      ],
      keyTypes: [
        ['EC-P256', { certificates: 2, revoked: 1, mappings: 2 }],
        ['RSA-2048', { certificates: 1, revoked: 0, mappings: 1 }],
      ],
      plans: [
        ['none', { certificates: 2, revoked: 1, mappings: 1 }],
        ['idle', { certificates: 1, revoked: 0, mappings: 2 }],
      ],
      months: [['2030-01', { certificates: 3, revoked: 1, mappings: 3 }]],
    })
  })

  it('has no certificate that waits for its first signature', () => {
    const pending = { id: certificateId(1), name: 'c1', request: request('key') }
    expect(fleetOf(after(requestCertificate(context(), pending)))).toEqual([])
  })
})
