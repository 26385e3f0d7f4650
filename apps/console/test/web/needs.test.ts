import { describe, expect, it } from '@jest/globals'
import type { Certificate, RecentCall } from '@mtls-gateway/contract'
import { needsOf } from '../../src/web/pages/overview/needs.ts'

const now = Date.parse('2026-02-01T12:00:00Z')
const day = 86_400_000

function inDays(days: number): string {
  return new Date(now + days * day).toISOString()
}

const staged = {
  status: 'Available',
  fingerprintSha256: 'a',
  expirationDate: inDays(400),
  createdAt: inDays(-2),
} as const

describe('what needs attention', () => {
  it('is nothing where certificates can be used and calls succeed', () => {
    expect(needsOf([certificate(1, {})], [], now)).toEqual([])
  })

  it('is a certificate that has expired, before one that will', () => {
    const later = certificate(1, { expirationDate: inDays(30) })
    const over = certificate(2, { expirationDate: inDays(-1), status: 'Expired' })
    expect(needsOf([later, over], [], now).map(({ id, word, tone }) => [id, word, tone])).toEqual([
      [2, 'Expired', 'bad'],
      [1, 'Expires soon', 'warn'],
    ])
  })

  it.each([
    ['Key lost', { status: 'UnAvailable' }],
    ['Waiting for signature', { status: 'PendingSignature', expirationDate: null }],
    ['Not for clients', { clientAuth: 'absent' }],
    ['Probe failed', { staged: { ...staged, lastProbe: { at: inDays(-1), ok: false, results: [], omitted: 0 } } }],
  ] as const)('is a certificate with: %s', (word, fields) => {
    expect(needsOf([certificate(1, fields)], [], now).map((need) => need.word)).toEqual([word])
  })

  it('is no certificate that renews itself, unless that fails', () => {
    const plan = {
      ...{ profile: 'internal', renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto', state: 'idle' },
      ...{ next: { step: 'request', at: inDays(1) }, waitsFor: null, attempts: 0, lastFailure: null },
    } as const
    const expiring = { expirationDate: inDays(3), plan }
    const pending = { status: 'PendingSignature', expirationDate: null, plan } as const
    expect(needsOf([certificate(1, expiring), certificate(2, pending)], [], now)).toEqual([])
    const lastFailure = {
      step: 'order',
      code: 'ISSUER_SEALED',
      sentence: 'The issuer is sealed.',
      at: inDays(-1),
    } as const
    const failing = { ...plan, attempts: 2, lastFailure }
    expect(needsOf([certificate(1, { ...expiring, plan: failing })], [], now)).toMatchObject([
      { word: 'Expires soon', does: 'rotate' },
      { word: 'Renewal fails', text: 'The issuer is sealed. Failed 2 times in a row, last', does: 'certificate' },
    ])
    const waiting = { ...plan, next: null, waitsFor: 'owners' } as const
    expect(needsOf([certificate(1, { ...expiring, plan: waiting })], [], now)).toHaveLength(1)
  })

  it('is a mapping whose calls fail, once, by its last failure', () => {
    const calls = [
      call({ mappingId: 7, transportCode: 'ECONNREFUSED' }),
      call({ mappingId: 7, transportCode: 'TIMEOUT' }),
      call({ mappingId: 8, transportCode: 'ENOTFOUND', url: 'https://b.example/' }),
    ]
    const needs = needsOf([], calls, now)
    expect(needs.map(({ id }) => id)).toEqual([7, 8])
    expect(needs[0]?.text).toBe(
      'Nothing listens at the target’s host and port, or a firewall rejects it. 2 calls, the last one',
    )
  })

  it('is a url whose calls fail, once, whichever mappings they were made by', () => {
    const calls = [{ mappingId: 7 }, { mappingId: 8 }, {}].map((by) => call({ ...by, transportCode: 'TIMEOUT' }))
    expect(needsOf([], calls, now).map(({ name, text }) => [name, text])).toEqual([
      ['https://a.example/', 'The target did not answer in time. 3 calls, the last one'],
    ])
  })

  it('is no call by a mapping that was deleted since', () => {
    const calls = [7, 8].map((id) => call({ mappingId: id, url: `https://${id}.example/`, transportCode: 'TIMEOUT' }))
    expect(needsOf([], calls, now, new Set([7])).map(({ id }) => id)).toEqual([8])
  })

  it.each([
    [{ transportCode: 'ECONNRESET' }, { does: 'try', trial: { certificateId: 5, url: 'https://a.example/' } }],
    [{ code: 'MAPPING_DISABLED', outcome: 'refused' }, { does: 'mapping' }],
    [{ transportCode: 'SELF_SIGNED_CERT_IN_CHAIN' }, { does: 'mapping' }],
    [
      { code: 'MAPPING_DISABLED', outcome: 'refused', mappingId: undefined, serviceName: 'IDP' },
      { does: 'explain', question: { service: 'IDP', url: 'https://a.example/' } },
    ],
    [{ transportCode: 'TARGET_REQUIRES_CLIENT_CERTIFICATE', mappingId: undefined }, { does: 'explain' }],
    [{ transportCode: 'TIMEOUT' }, { does: 'calls' }],
  ] as const)('has the action that its text advises: %j', (failure, action) => {
    expect(needsOf([], [call({ mappingId: 7, certificateId: 5, ...failure })], now)[0]).toMatchObject(action)
  })

  it('is a call that the gateway refused', () => {
    const refused = call({ outcome: 'refused', code: 'MAPPING_DISABLED' })
    expect(needsOf([], [refused], now)).toMatchObject([
      { word: 'Calls refused', text: 'Its mapping is disabled. Enable the mapping. One call,' },
    ])
  })

  it('is no mapping whose calls succeed again', () => {
    const failed = call({ mappingId: 7, transportCode: 'TIMEOUT', at: inDays(-2) })
    const succeeded = call({ mappingId: 7, outcome: 'succeeded', at: inDays(-1) })
    expect(needsOf([], [failed, succeeded], now)).toEqual([])
    expect(needsOf([], [{ ...failed, at: inDays(0) }, succeeded], now)).toHaveLength(1)
  })

  it('is no url whose calls succeed once it is mapped', () => {
    const failed = call({ transportCode: 'TARGET_REQUIRES_CLIENT_CERTIFICATE', at: inDays(-2) })
    const succeeded = call({ mappingId: 7, outcome: 'succeeded', at: inDays(-1) })
    expect(needsOf([], [failed, succeeded], now)).toEqual([])
  })
})

function certificate(id: number, fields: Partial<Certificate>): Certificate {
  return {
    id,
    deleted: false,
    name: `c${id}`,
    displayName: `c${id}`,
    siteId: 'le123',
    status: 'Available',
    expirationDate: inDays(300),
    fingerprintSha256: 'f',
    subject: 'CN=c',
    issuer: 'CN=ca',
    serialNumber: '1',
    keyType: 'RSA-2048',
    notBefore: inDays(-1),
    clientAuth: 'present',
    warnings: [],
    createdAt: inDays(-1),
    updatedAt: inDays(-1),
    ...fields,
  }
}

function call(fields: Partial<RecentCall>): RecentCall {
  return {
    id: 1,
    at: inDays(0),
    outcome: 'failed',
    requestId: 'r',
    method: 'GET',
    url: 'https://a.example/',
    caller: 'k',
    clientAddress: '192.0.2.1',
    ms: 1,
    ...fields,
  }
}
