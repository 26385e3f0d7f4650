import { beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { createCa, type SignedCertificate, type TestCa } from '@mtls-gateway/test-kit'
import { examineSigned } from '../src/examine/examine-signed.ts'
import { describeChain, KeyMaterialPool, type SigningRequest } from '../src/index.ts'
import { makeRequest } from '../src/signing-request/make-request.ts'
import { codes, examineHere } from './support/examine.ts'

let root: TestCa
let ca: TestCa
let request: SigningRequest
let signed: SignedCertificate

beforeAll(async () => {
  root = await createCa()
  ca = await root.createIntermediate('Issuing CA')
  request = await newRequest()
  signed = await ca.signRequest(request.csr)
})

function newRequest(): Promise<SigningRequest> {
  return makeRequest({ keyType: 'EC-P256', subject: { CN: 'client' }, subjectAltNames: [] })
}

const examine = (...pems: readonly string[]) =>
  examineSigned({ certificates: pems.join(''), spkiSha256: request.spkiSha256 }, new Date())

/** The result of uploading the same certificates with a key. */
function uploadOf(certificates: readonly string[], { privateKey }: SigningRequest) {
  return examineHere({ kind: 'pem', certificate: certificates.join(''), privateKey })
}

describe('a signed certificate', () => {
  it('is put in order, with strangers left out', async () => {
    const stranger = await createCa({ name: 'Stranger' })
    const { chain, report } = examine(...[...signed.chain].reverse(), stranger.certificate, signed.certificate)
    expect(chain).toMatchObject({ leaf: signed.certificate, chain: signed.chain })
    expect(report).toMatchObject({ keyMatchesCertificate: true, keys: [] })
    expect(report.problems.map(({ code }) => code)).toEqual(['CHAIN_STRANGERS'])
  })

  it('gets the facts and the report of an upload of the same', () => {
    const upload = uploadOf([signed.certificate], request)
    const { chain, report } = examine(signed.certificate)
    expect(report.problems.map(({ code }) => code)).toEqual(['CHAIN_INCOMPLETE'])
    expect({ ...report, keys: [] }).toEqual({ ...upload.report, keys: [] })
    expect(chain?.facts).toEqual(upload.material?.facts)
  })

  it('of another key is refused', async () => {
    const other = await ca.signRequest((await newRequest()).csr)
    for (const pems of [[other.certificate, ...other.chain], signed.chain]) {
      const { chain, report } = examine(...pems)
      expect(chain).toBeUndefined()
      expect(report.problems).toMatchObject([{ code: 'KEY_CERTIFICATE_MISMATCH', fix: expect.stringContaining('req') }])
    }
  })

  it('that has expired is refused as an upload is', async () => {
    const expired = await ca.signRequest(request.csr, { notAfter: new Date(Date.now() - 1_000) })
    const { chain, report } = examine(expired.certificate, ...expired.chain)
    expect(chain).toBeUndefined()
    const upload = uploadOf([expired.certificate, ...expired.chain], request)
    expect(codes(upload, 'error')).toEqual(['CERTIFICATE_EXPIRED'])
    expect(report.problems).toEqual(upload.report.problems)
  })

  it('that is none is refused as an upload is', () => {
    for (const text of ['', 'hello', request.csr, signed.certificate.replace(/\n.{20}/, '\n')]) {
      const { report } = examine(text)
      expect(report.problems).toEqual(uploadOf([text], request).report.problems)
      expect(report.problems).toHaveLength(1)
    }
  })
})

describe('the pool', () => {
  it('examines signed certificates in a child, and refuses at once what is too big', async () => {
    const pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
    const { spkiSha256 } = request
    const { chain } = await pool.examineSigned('one', { certificates: signed.certificate, spkiSha256 })
    expect(chain?.leaf).toBe(signed.certificate)
    const refused = await pool.examineSigned('one', { certificates: 'x'.repeat(256 * 1024 + 1), spkiSha256 })
    expect(refused.report.problems).toMatchObject([{ code: 'LIMIT_EXCEEDED' }])
    await pool.close()
  })
})

describe('a stored chain', () => {
  it('is described as it was when it was uploaded, with the warnings of today', () => {
    const { material, report } = uploadOf([signed.certificate, ...signed.chain], request)
    if (!material) throw new Error('it was refused')
    expect(report.problems).toEqual([])
    expect(describeChain(material, new Date())).toEqual({ facts: material.facts, warnings: [] })
    const late = new Date(Date.parse(material.facts.notAfter) - 86_400_000)
    expect(describeChain(material, late)).toEqual({ facts: material.facts, warnings: ['CERTIFICATE_EXPIRES_SOON'] })
  })
})
