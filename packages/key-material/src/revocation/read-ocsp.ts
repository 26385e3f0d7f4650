import { X509Certificate } from 'node:crypto'
import { checkTrustedCas } from '@mtls-gateway/certificate-rules'
import * as asn1js from 'asn1js'
import { BasicOCSPResponse, OCSPResponse, type SingleResponse } from 'pkijs'
import { isSignedBy } from '../certificate/certificate.ts'
import {
  type AskedCertificate,
  FaultyAnswer,
  isTimely,
  type RevocationStatus,
  revocationReasons,
} from './revocation-answer.ts'
import { isSignatureOf } from './signature.ts'

const basicResponse = '1.3.6.1.5.5.7.48.1.1'
const ocspSigning = '1.3.6.1.5.5.7.3.9'
/** Certificates of an answer that are looked at: responders send the one that they sign with. */
const maxSigners = 3

/**
 * Reads an OCSP response about one certificate (RFC 6960).
 * @param now milliseconds since 1970
 * @throws FaultyAnswer, and whatever pkijs throws on what is none
 */
export async function readOcsp(
  answer: Uint8Array,
  issuer: X509Certificate,
  asked: AskedCertificate,
  now: number,
): Promise<RevocationStatus> {
  const response = OCSPResponse.fromBER(new Uint8Array(answer))
  if (response.responseStatus.valueBlock.valueDec !== 0) throw new FaultyAnswer('refused')
  const { responseType, response: bytes } = response.responseBytes ?? {}
  if (responseType !== basicResponse || !bytes) throw new FaultyAnswer('malformed')
  const basic = BasicOCSPResponse.fromBER(new Uint8Array(bytes.getValue()))
  await checkSignature(basic, issuer, now)
  const certId = Buffer.from(asked.certId)
  const single = basic.tbsResponseData.responses.find((each) => isAbout(each, certId))
  if (!single) throw new FaultyAnswer('partial')
  if (!isTimely(single.thisUpdate.getTime(), single.nextUpdate?.getTime(), now)) throw new FaultyAnswer('stale')
  return statusOf(single)
}

/** The issuer has signed it, or a responder to whom it has issued a certificate for that (section 4.2.2.2). */
async function checkSignature(basic: BasicOCSPResponse, issuer: X509Certificate, now: number): Promise<void> {
  const signed = {
    content: basic.tbsResponseData.tbsView,
    algorithm: basic.signatureAlgorithm,
    signature: basic.signature,
  }
  if (await isSignatureOf(issuer, signed)) return
  for (const sent of basic.certs?.slice(0, maxSigners) ?? []) {
    const der = Buffer.from(sent.toSchema(false).toBER())
    checkTrustedCas([der])
    const signer = new X509Certificate(der)
    const isValid = signer.validFromDate.getTime() <= now && now <= signer.validToDate.getTime()
    const isEntrusted = isValid && signer.keyUsage?.includes(ocspSigning) === true
    if (isEntrusted && isSignedBy(signer, issuer.publicKey) && (await isSignatureOf(signer, signed))) return
  }
  throw new FaultyAnswer('unsigned')
}

function isAbout({ certID }: SingleResponse, asked: Buffer): boolean {
  return Buffer.from(certID.toSchema().toBER()).equals(asked)
}

/** pkijs leaves the choice as it was encoded: `[0]` good, `[1]` revoked, `[2]` unknown. */
function statusOf({ certStatus }: SingleResponse): RevocationStatus {
  const { tagNumber } = certStatus.idBlock
  if (tagNumber === 0) return { state: 'good' }
  if (tagNumber !== 1) return { state: 'unknown' }
  const [time, reason] = certStatus.valueBlock.value
  if (!(time instanceof asn1js.GeneralizedTime)) throw new FaultyAnswer('malformed')
  const [code] = reason?.valueBlock.value ?? []
  const index = code instanceof asn1js.Enumerated ? code.valueBlock.valueDec : 0
  return { state: 'revoked', at: time.toDate().toISOString(), reason: revocationReasons[index] ?? 'unspecified' }
}
