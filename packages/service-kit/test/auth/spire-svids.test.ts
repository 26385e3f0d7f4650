import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import {
  checkCertificateTime,
  localTokenKeys,
  principalOfCertificate,
  TokenIssuers,
  type TokenRule,
} from '@mtls-gateway/request-auth'
import { readCallerCas } from '../../src/auth/caller-cas.ts'
import { readCallerCertificate } from '../../src/auth/read-caller-certificate.ts'

const folder = join(import.meta.dirname, '../fixtures/spire')
const recorded = (name: string) => readFileSync(join(folder, name), 'utf8')
const workload = 'spiffe://prod.example/ns/payments/sa/checkout'
const svid = new X509Certificate(recorded('svid.pem'))
/** When it was recorded: both had just been made. */
const nowMs = svid.validFromDate.getTime() + 60_000

const given = { accounts: new Set([parseAccountId('le1')]), scopes: new Set(['forward'] as const) }
const ruleFor = (claim: string): TokenRule & typeof given => ({
  when: [{ claim: [claim], matches: 'spiffe://prod.example/ns/payments/*' }],
  ...given,
})

/** By infra/spire/record.mjs, from SPIRE 1.13. */
describe('what SPIRE gives a workload', () => {
  it('as a certificate names it, by a CA of the bundle', () => {
    const { ca, fingerprints } = readCallerCas(join(folder, 'bundle.pem'))
    expect(fingerprints.size).toBe(1)
    expect(svid.verify(new X509Certificate(ca).publicKey)).toBe(true)
    const certificate = readCallerCertificate(svid)
    checkCertificateTime(certificate, nowMs)
    expect(principalOfCertificate(certificate, [ruleFor('uri')])).toEqual({
      kind: 'certificate',
      subject: workload,
      ...given,
      expiresAtMs: svid.validToDate.getTime(),
    })
    expect(() => checkCertificateTime(certificate, svid.validToDate.getTime() + 1)).toThrow('expired')
  })

  it('as a token names it in the same way, without an issuer', async () => {
    const keys = localTokenKeys(JSON.parse(recorded('bundle.json')))
    const audience = 'mtls-gateway'
    const rules = [ruleFor('sub')]
    const trustDomain = 'prod.example'
    const token = recorded('jwt-svid')
    const issuers = (clock: () => number) => new TokenIssuers([{ trustDomain, keys, audience, rules, clock }])
    const principal = await issuers(() => nowMs).verify(token)
    expect(principal).toMatchObject({ kind: 'bearer', subject: workload, ...given })
    const expired = issuers(() => principal.expiresAtMs)
    await expect(expired.verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
    const ofAnother = new TokenIssuers([{ trustDomain: 'other.example', keys, audience, rules, clock: () => nowMs }])
    await expect(ofAnother.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })
})
