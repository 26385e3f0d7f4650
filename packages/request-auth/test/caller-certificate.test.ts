import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import {
  type CallerCertificate,
  type CertificateRule,
  checkCertificateTime,
  principalOfCertificate,
} from '../src/index.ts'

const notBeforeMs = Date.parse('2026-01-01T00:00:00Z')
const notAfterMs = Date.parse('2026-01-02T00:00:00Z')
const nobody: CallerCertificate = { uris: [], dnsNames: [], subject: {}, isCa: false, notBeforeMs, notAfterMs }
const workload = 'spiffe://prod.example/ns/payments/sa/checkout'

function ruleWhen(claim: readonly [string, ...string[]], matches: string, account = 'le1'): CertificateRule {
  return {
    when: [{ claim, matches }],
    accounts: new Set([parseAccountId(account)]),
    scopes: new Set(['forward']),
    services: undefined,
  }
}

/** What a certificate with these names is refused by; undefined: it is accepted. */
function refusalOf(names: Partial<CallerCertificate>, ...rules: readonly CertificateRule[]) {
  try {
    principalOfCertificate({ ...nobody, ...names }, rules)
    return undefined
  } catch (error) {
    expect(error).toMatchObject({ code: 'CALLER_CERTIFICATE_INVALID' })
    return (error as { refusal: { reason: string } }).refusal.reason
  }
}

describe('a client certificate of a caller', () => {
  it('gives what the first rule says that it matches, until it expires', () => {
    const rules = [
      ruleWhen(['uri'], 'spiffe://prod.example/ns/other/*'),
      { ...ruleWhen(['uri'], 'spiffe://prod.example/ns/payments/*', 'le2'), services: new Set(['1']) },
      ruleWhen(['uri'], '*', 'le3'),
    ]
    expect(principalOfCertificate({ ...nobody, uris: [workload] }, rules)).toEqual({
      kind: 'certificate',
      subject: workload,
      accounts: new Set(['le2']),
      scopes: new Set(['forward']),
      services: new Set(['1']),
      expiresAtMs: notAfterMs,
    })
  })

  it.each([
    ['its SPIFFE ID', { uris: [workload], dnsNames: ['a.example'] }, workload],
    ['any other URI', { uris: ['urn:example:a'], dnsNames: ['a.example'] }, 'uri:urn:example:a'],
    ['its DNS name', { dnsNames: ['a.example', 'b.example'], subject: { CN: 'a' } }, 'dns:a.example'],
    [
      'its subject',
      { subject: { O: 'Acme, Ltd.', OU: ['one', 'two'], CN: 'a' } },
      'subject:O=Acme\\, Ltd.,OU=one,OU=two,CN=a',
    ],
  ])('is known by %s', (_, names, subject) => {
    const rules = [ruleWhen(['subject', 'CN'], '*'), ruleWhen(['uri'], '*'), ruleWhen(['dns'], '*')]
    expect(principalOfCertificate({ ...nobody, ...names }, rules)).toMatchObject({ subject })
  })

  it('has a name that no token, app key or other certificate has', () => {
    const named = (names: Partial<CallerCertificate>) =>
      principalOfCertificate({ ...nobody, subject: { CN: 'a' }, ...names }, [ruleWhen(['subject', 'CN'], 'a*')]).subject
    expect(named({ uris: ['https://issuer.example#anna'] })).toBe('uri:https://issuer.example#anna')
    expect(named({ uris: ['le1.key'] })).toBe('uri:le1.key')
    expect(named({ dnsNames: ['le1.key'] })).toBe('dns:le1.key')
    const parts = { CN: 'a', O: 'Bank' }
    expect(named({ subject: { CN: 'a,O=Bank' } })).not.toBe(named({ subject: parts }))
    expect(named({ subject: { CN: 'a\\', O: 'Bank' } })).not.toBe(named({ subject: { CN: 'a\\,O=Bank' } }))
  })

  it('is matched by each of its names, and by nothing that only looks like one', () => {
    const byDns = ruleWhen(['dns'], '*.prod.example')
    expect(refusalOf({ dnsNames: ['other.example', 'a.prod.example'] }, byDns)).toBeUndefined()
    const none = 'caller-certificate-without-rule'
    expect(refusalOf({ dnsNames: ['prod.example.evil.example'] }, byDns)).toBe(none)
    expect(refusalOf({ uris: ['https://a.prod.example'] }, byDns)).toBe(none)
    // One part of the subject is not another, whatever is in it.
    const byPart = ruleWhen(['subject', 'O'], 'Bank')
    expect(refusalOf({ subject: { CN: 'a, O=Bank' } }, byPart)).toBe(none)
    expect(refusalOf({ subject: { CN: 'a', O: ['Other', 'Bank'] } }, byPart)).toBeUndefined()
    expect(refusalOf({ subject: { CN: 'a' } }, ruleWhen(['subject', 'constructor'], '*'))).toBe(none)
    expect(refusalOf({ subject: { CN: 'a' } })).toBe(none)
  })

  it.each([
    ['two SPIFFE IDs', [workload, 'spiffe://prod.example/admin']],
    ['a SPIFFE ID beside another URI', ['urn:example:a', workload]],
    ['a path with dots', ['spiffe://prod.example/ns/payments/../admin']],
    ['a path with an escaped character', ['spiffe://prod.example/ns/payments/%2e%2e/admin']],
    ['an empty part of a path', ['spiffe://prod.example/ns//payments']],
    ['a query', ['spiffe://prod.example/ns/payments?a']],
    ['a port', ['spiffe://prod.example:443/ns/payments']],
    ['a trust domain alone', ['spiffe://prod.example']],
    ['another spelling of the scheme', ['SPIFFE://prod.example/ns/payments']],
  ])('with %s is none', (_, uris) => {
    expect(refusalOf({ uris }, ruleWhen(['uri'], '*'))).toBe('caller-certificate-malformed')
  })

  it('that is of a CA, or has a name that no log line should have, is none', () => {
    const all = ruleWhen(['dns'], '*')
    const dnsNames = ['a.example']
    expect(refusalOf({ dnsNames, isCa: true }, all)).toBe('caller-certificate-malformed')
    expect(refusalOf({ dnsNames: ['a'.repeat(256)] }, all)).toBe('caller-certificate-malformed')
    expect(refusalOf({ dnsNames: ['a\nb'] }, all)).toBe('caller-certificate-malformed')
  })

  it('is good from its first to its last second', () => {
    for (const nowMs of [notBeforeMs, notAfterMs]) expect(() => checkCertificateTime(nobody, nowMs)).not.toThrow()
    for (const nowMs of [notBeforeMs - 1, notAfterMs + 1]) {
      expect(() => checkCertificateTime(nobody, nowMs)).toThrow(
        expect.objectContaining({ refusal: { reason: 'caller-certificate-expired' } }),
      )
    }
  })
})
