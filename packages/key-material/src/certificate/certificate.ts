import { type KeyObject, X509Certificate } from 'node:crypto'
import { distinguishedName } from '@mtls-gateway/domain'
import { checkCertificate, newKeyAndRequest } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import { describeKey, type KeyDescription } from './key-description.ts'
import { mayDigitallySign } from './key-usage.ts'

/**
 * A certificate and the facts that the checks need. Expensive ones are computed on demand, because a file may hold
 * hundreds of irrelevant certificates.
 */
export class Certificate {
  readonly x509: X509Certificate
  readonly publicKey: KeyObject
  /** The SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer
  #selfSigned: boolean | undefined

  /** @throws Fault `CERTIFICATE_MALFORMED`, `KEY_TYPE_UNSUPPORTED` */
  constructor(source: Buffer | string) {
    this.x509 = parseX509(source)
    this.publicKey = publicKeyOf(this.x509)
    this.spki = this.publicKey.export({ type: 'spki', format: 'der' })
  }

  get pem(): string {
    return this.x509.toString()
  }

  /** In the form of RFC 4514, most specific part first, at most 1,024 characters. */
  get subject(): string {
    return nameOf(this.x509.subject)
  }

  get issuer(): string {
    return nameOf(this.x509.issuer)
  }

  /** In the order of the encoding, as OpenSSL has it: `C = DE, O = Acme, CN = client`; at most 1,024 characters. */
  get subjectInOrder(): string {
    return inOrder(this.x509.subject)
  }

  get issuerInOrder(): string {
    return inOrder(this.x509.issuer)
  }

  get key(): KeyDescription {
    return describeKey(this.publicKey)
  }

  get notBefore(): Date {
    return this.x509.validFromDate
  }

  get notAfter(): Date {
    return this.x509.validToDate
  }

  /** OpenSSL's name: `ecdsa-with-SHA256`, ... */
  get signature(): string {
    return this.x509.signatureAlgorithm ?? this.x509.signatureAlgorithmOid
  }

  /** Its subject is its issuer, and its own key has signed it. */
  get selfSigned(): boolean {
    // not checkIssued: that requires a key usage that a self-signed client certificate need not have
    this.#selfSigned ??= this.x509.subject === this.x509.issuer && isSignedBy(this.x509, this.publicKey)
    return this.#selfSigned
  }

  /** The key usage has digitalSignature, or there is no key usage. */
  get mayDigitallySign(): boolean {
    return mayDigitallySign(this.x509.raw)
  }
}

/** A name goes into the account document, which has a limit of its own. */
const maxNameLength = 1_024

/** Whether the private half of the key has signed the certificate. False if the kind of signature is unknown. */
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
    // continues to the fault below: OpenSSL's reasons do not help a user
  }
  throw new Fault(
    'CERTIFICATE_MALFORMED',
    'A certificate in it is damaged: it is not an X.509 certificate that OpenSSL can read. Get it again from its CA.',
    checkCertificate,
  )
}

function publicKeyOf(x509: X509Certificate): KeyObject {
  try {
    return x509.publicKey
  } catch {
    const message = `The key in the certificate of ${nameOf(x509.subject)} is of an unknown kind.`
    throw new Fault('KEY_TYPE_UNSUPPORTED', message, newKeyAndRequest)
  }
}

function nameOf(lines: string | undefined): string {
  return bounded(distinguishedName(lines))
}

function inOrder(lines: string | undefined): string {
  const spaced = (lines ?? '').split('\n').map((part) => part.replace('=', ' = '))
  return bounded(distinguishedName(spaced.reverse().join('\n')))
}

function bounded(name: string): string {
  return name.length > maxNameLength ? `${name.slice(0, maxNameLength - 1)}…` : name
}
