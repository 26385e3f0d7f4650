import { type KeyObject, X509Certificate } from 'node:crypto'
import { checkCertificate, newKeyAndRequest } from '../commands.ts'
import { Fault } from '../fault.ts'
import { describeKey, type KeyDescription } from './key-description.ts'
import { mayDigitallySign } from './key-usage.ts'

/** A certificate with what the checks look at. */
export interface Certificate {
  readonly x509: X509Certificate
  readonly pem: string
  /** As RFC 4514 has it, most specific part first; never longer than {@link maxNameLength}. */
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly key: KeyDescription
  /** The SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
  /** Subject and issuer are the same and its own key signed it. */
  readonly selfSigned: boolean
  /** OpenSSL's name: `ecdsa-with-SHA256`, ... */
  readonly signature: string
  /** The key usage has digitalSignature, or there is no key usage. */
  readonly mayDigitallySign: boolean
}

/** A name goes into the account document, which has a limit of its own. */
const maxNameLength = 1_024

/** @throws Fault `CERTIFICATE_MALFORMED`, `KEY_TYPE_UNSUPPORTED` */
export function parseCertificate(source: Buffer | string): Certificate {
  const x509 = parseX509(source)
  const publicKey = publicKeyOf(x509)
  return {
    x509,
    pem: x509.toString(),
    subject: nameOf(x509.subject),
    issuer: nameOf(x509.issuer),
    publicKey,
    key: describeKey(publicKey),
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    notBefore: x509.validFromDate,
    notAfter: x509.validToDate,
    // not checkIssued: that asks for a key usage that a self-signed client certificate need not have
    selfSigned: x509.subject === x509.issuer && isSignedBy(x509, publicKey),
    signature: x509.signatureAlgorithm ?? x509.signatureAlgorithmOid,
    mayDigitallySign: mayDigitallySign(x509.raw),
  }
}

/** Whether the key's private half signed the certificate; false, too, where the signature is of an unknown kind. */
export function isSignedBy(x509: X509Certificate, publicKey: KeyObject): boolean {
  try {
    return x509.verify(publicKey)
  } catch {
    return false
  }
}

function parseX509(source: Buffer | string): X509Certificate {
  try {
    const x509 = new X509Certificate(source)
    if (!Number.isNaN(x509.validFromDate.getTime()) && !Number.isNaN(x509.validToDate.getTime())) return x509
  } catch {
    // falls through to the fault: OpenSSL's reasons tell a user nothing
  }
  throw new Fault(
    'CERTIFICATE_MALFORMED',
    'A certificate in it is damaged: it is no X.509 certificate that OpenSSL can read. Get it again from its CA.',
    checkCertificate,
  )
}

function publicKeyOf(x509: X509Certificate): KeyObject {
  try {
    return x509.publicKey
  } catch {
    const message = `The key in the certificate of ${nameOf(x509.subject)} is of a kind that is not known here.`
    throw new Fault('KEY_TYPE_UNSUPPORTED', message, newKeyAndRequest)
  }
}

/** Node gives one line a part, in the order of the encoding, escaped as RFC 2253 says; undefined for an empty name. */
function nameOf(lines: string | undefined): string {
  const name = (lines ?? '').split('\n').reverse().join(', ')
  return name.length > maxNameLength ? `${name.slice(0, maxNameLength - 1)}…` : name
}
