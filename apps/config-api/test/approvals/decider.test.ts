import { describe, expect, it } from '@jest/globals'
import { parseRecordId } from '@mtls-gateway/domain'
import type { Principal } from '@mtls-gateway/request-auth'
import { deciderOf } from '../../src/approvals/approval-registry.ts'

describe('whoever decides', () => {
  const principal: Principal = {
    ...{ kind: 'bearer', subject: 'https://login.example#alice', accounts: '*', expiresAtMs: 0 },
    scopes: new Set(['mtls:admin']),
  }

  it('is a person by a token of an issuer', () => {
    expect(deciderOf(principal)).toMatchObject({ isPerson: true, isOperator: true })
    expect(deciderOf({ ...principal, accounts: new Set() })).toMatchObject({ isPerson: true, isOperator: false })
  })

  it.each<readonly [string, Partial<Principal>]>([
    ['an app key', { kind: 'oauth1', subject: 'le123.key-1' }],
    ['a client certificate', { kind: 'certificate', subject: 'spiffe://prod.example/ci' }],
    ['an invitation', { invitation: parseRecordId('i1') }],
    ['a workload by its JWT-SVID', { subject: 'spiffe://prod.example/ci' }],
    [
      'one whose JWT-SVID names its issuer, which is another subject',
      { subject: 'https://s.example#spiffe://prod.example/ci' },
    ],
  ])('is no person by %s', (_, by) => {
    expect(deciderOf({ ...principal, ...by })).toMatchObject({ isPerson: false, isOperator: false })
  })
})
