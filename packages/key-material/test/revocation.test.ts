import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import {
  createCa,
  type IssuedCertificate,
  type RevocationAuthority,
  startRevocationAuthority,
  type TestCa,
  withTools,
} from '@mtls-gateway/test-kit'
import { KeyMaterialPool, ocspRequest, type RevocationAnswerInput, revocationQuestion } from '../src/index.ts'
import { readRevocationAnswer } from '../src/revocation/read-answer.ts'

const dayMs = 86_400_000

const questionOf = ({ certificate, chain }: IssuedCertificate) => {
  const question = revocationQuestion({ leaf: certificate, chain })
  if (!question) throw new Error('nobody can be asked')
  return question
}

withTools(describe, 'openssl').each(['EC-P256', 'RSA-2048'] as const)(
  'what an authority with a key of %s says',
  (keyType) => {
    let ca: TestCa
    let authority: RevocationAuthority
    let good: IssuedCertificate
    let revoked: IssuedCertificate

    beforeAll(async () => {
      ca = await createCa({ name: 'Own CA', keyType })
      authority = await startRevocationAuthority(ca)
      const { ocspUrl, crlUrl } = authority
      good = await ca.issue({ commonName: 'good', ocspUrl, crlUrl })
      revoked = await ca.issue({ commonName: 'revoked', ocspUrl, crlUrl })
      await authority.know(good.certificate, revoked.certificate)
      await authority.revoke(revoked.certificate, 'superseded')
    })

    afterAll(() => authority?.close())

    const ocspAnswer = async (identity: IssuedCertificate): Promise<RevocationAnswerInput> => {
      const { issuer, serial, certId, ocspUrls, ...question } = questionOf(identity)
      expect({ ocspUrls, crlUrls: question.crlUrls }).toEqual({
        ocspUrls: [authority.ocspUrl],
        crlUrls: [authority.crlUrl],
      })
      const headers = { 'content-type': 'application/ocsp-request' }
      const response = await fetch(authority.ocspUrl, {
        method: 'POST',
        headers,
        body: new Uint8Array(ocspRequest({ certId })),
      })
      const answer = new Uint8Array(await response.arrayBuffer())
      return { kind: 'ocsp', issuer, certificates: [{ serial, certId }], answer }
    }
    const crlAnswer = async (...identities: IssuedCertificate[]): Promise<RevocationAnswerInput> => {
      const certificates = identities.map(questionOf)
      return { kind: 'crl', issuer: ca.certificate, certificates, answer: await authority.crl() }
    }
    const read = (input: RevocationAnswerInput, now = Date.now()) => readRevocationAnswer(input, now)
    const superseded = { state: 'revoked', at: expect.stringMatching(/^\d{4}-.*Z$/), reason: 'superseded' }

    it('is read from OCSP', async () => {
      expect(await read(await ocspAnswer(good))).toEqual({ statuses: [{ state: 'good' }] })
      expect(await read(await ocspAnswer(revoked))).toEqual({ statuses: [superseded] })
      const { ocspUrl, crlUrl } = authority
      const unknown = await ca.issue({ commonName: 'unknown', ocspUrl, crlUrl })
      expect(await read(await ocspAnswer(unknown))).toEqual({ statuses: [{ state: 'unknown' }] })
    })

    it('is read from a CRL, for many certificates at once', async () => {
      expect(await read(await crlAnswer(good, revoked))).toEqual({ statuses: [{ state: 'good' }, superseded] })
    })

    it('counts for nothing where another CA of the same name has signed it', async () => {
      const other = await createCa({ name: 'Own CA', keyType })
      for (const answer of [await ocspAnswer(revoked), await crlAnswer(revoked)]) {
        expect(await read({ ...answer, issuer: other.certificate })).toEqual({ fault: 'unsigned' })
      }
    })

    it('counts for nothing about another certificate, or at another time', async () => {
      const [certificate] = (await ocspAnswer(good)).certificates
      const certificates = certificate ? [certificate] : []
      expect(await read({ ...(await ocspAnswer(revoked)), certificates })).toEqual({ fault: 'partial' })
      const crl = await crlAnswer(good)
      expect(await read(crl, Date.now() + 8 * dayMs)).toEqual({ fault: 'stale' })
      expect(await read(crl, Date.now() - dayMs)).toEqual({ fault: 'stale' })
    })

    it('counts for nothing where any bit of it was changed, and never ends in another way', async () => {
      for (const { answer, ...input } of [await ocspAnswer(revoked), await crlAnswer(revoked)]) {
        for (let at = 0; at < answer.length; at += 7) {
          const changed = Uint8Array.from(answer)
          changed[at] = (changed[at] ?? 0) ^ 0x11
          const outcome = await read({ ...input, answer: changed })
          if ('statuses' in outcome) expect(outcome.statuses).toEqual([superseded])
        }
        for (const bytes of [new Uint8Array(0), randomBytes(500), answer.subarray(0, -1), Buffer.from('<html>')]) {
          expect(await read({ ...input, answer: bytes })).toHaveProperty('fault')
        }
      }
    })

    it('is read in a child process', async () => {
      const pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
      try {
        expect(await pool.readRevocation('a', await ocspAnswer(revoked))).toEqual({ statuses: [superseded] })
        expect(await pool.readRevocation('a', await crlAnswer(revoked))).toEqual({ statuses: [superseded] })
      } finally {
        await pool.close()
      }
    })
  },
)

describe('a certificate whose revocation can not be asked for', () => {
  it('names nobody, nobody over plain HTTP, or has no issuer in its chain', async () => {
    const ca = await createCa()
    const ocspUrl = 'http://ocsp.example/'
    const silent = await ca.issue({ commonName: 'silent' })
    const ldap = await ca.issue({ commonName: 'ldap', crlUrl: 'ldap://ca.example/', ocspUrl: 'file:///etc/passwd' })
    const alone = await ca.issue({ commonName: 'alone', ocspUrl })
    expect(revocationQuestion({ leaf: silent.certificate, chain: silent.chain })).toBeUndefined()
    expect(revocationQuestion({ leaf: ldap.certificate, chain: ldap.chain })).toBeUndefined()
    expect(revocationQuestion({ leaf: alone.certificate, chain: [] })).toBeUndefined()
    expect(revocationQuestion({ leaf: alone.certificate, chain: alone.chain })).toMatchObject({ ocspUrls: [ocspUrl] })
  })
})
