import { createHash } from 'node:crypto'
import * as asn1js from 'asn1js'
import { Asn1Error, bitString, children, encoded, type Node, oid, parseBer, tagged } from '../asn1.ts'
import { type Certificate, isSignedBy } from '../certificate/certificate.ts'
import { extensionValue } from '../certificate/extensions.ts'
import { readStored, type StoredChain } from '../examine/read-stored.ts'

/** What is asked about a certificate, and where. */
export interface RevocationQuestion {
  /** PEM: whose word counts. */
  readonly issuer: string
  /** As {@link serialHex} has it. */
  readonly serial: string
  /** DER of the CertID (RFC 6960, section 4.1.1), with SHA-1: every responder knows it. */
  readonly certId: Buffer
  /** Urls as the certificate has them, `http:` alone. */
  readonly ocspUrls: readonly string[]
  readonly crlUrls: readonly string[]
}

const authorityInfoAccess = '1.3.6.1.5.5.7.1.1'
const crlDistributionPoints = '2.5.29.31'
const ocsp = '1.3.6.1.5.5.7.48.1'

/** A certificate may name hundreds; CAs name one or two. */
const maxUrls = 2
const maxUrlLength = 2_048

/**
 * Undefined: nothing in the certificate says where to ask, or its issuer is not in its chain. Stored chains were
 * examined before they were stored, so this needs no child process.
 * @throws CodedError `STORE_DAMAGED` as for `readStored`
 */
export function revocationQuestion(stored: StoredChain): RevocationQuestion | undefined {
  const [leaf, ...chain] = readStored(stored)
  try {
    const ocspUrls = httpUrls(ocspNames(leaf.x509.raw))
    const crlUrls = httpUrls(crlNames(leaf.x509.raw))
    if (ocspUrls.length + crlUrls.length === 0) return undefined
    const issuer = chain.find((each) => leaf.x509.checkIssued(each.x509) && isSignedBy(leaf.x509, each.publicKey))
    return issuer && { issuer: issuer.pem, ...identify(leaf, issuer), ocspUrls, crlUrls }
  } catch (error) {
    // OpenSSL has accepted the certificate; extensions that nobody can read name nobody to ask.
    if (error instanceof Asn1Error) return undefined
    throw error
  }
}

/** An OCSP request about one certificate, without a nonce: responders of public CAs sign their answers ahead. */
export function ocspRequest({ certId }: Pick<RevocationQuestion, 'certId'>): Buffer {
  const sequence = (...value: asn1js.AsnType[]) => new asn1js.Sequence({ value })
  const request = sequence(parseBer(certId, 'CertID'))
  return Buffer.from(sequence(sequence(sequence(request))).toBER())
}

/** Lower-case hex without leading zeros, of the bytes of the INTEGER. */
export function serialHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').replace(/^0+/, '')
}

function identify(leaf: Certificate, issuer: Certificate): Pick<RevocationQuestion, 'serial' | 'certId'> {
  const [tbs] = children(parseBer(leaf.x509.raw, 'certificate'), 'certificate')
  const fields = children(tbs, 'TBSCertificate')
  const [serial, , name] = fields.slice(tagged(fields[0], 0) ? 1 : 0)
  if (!(serial instanceof asn1js.Integer) || !name) throw new Asn1Error('TBSCertificate: no serial number or issuer')
  const [, key] = children(parseBer(issuer.spki, 'key'), 'key')
  const sha1 = (bytes: Uint8Array) => new asn1js.OctetString({ valueHex: createHash('sha1').update(bytes).digest() })
  const algorithm = [new asn1js.ObjectIdentifier({ value: '1.3.14.3.2.26' }), new asn1js.Null()]
  const certId = new asn1js.Sequence({
    value: [
      new asn1js.Sequence({ value: algorithm }),
      sha1(encoded(name)),
      sha1(bitString(key, 'key')),
      new asn1js.Integer({ valueHex: serial.valueBlock.valueHexView.slice() }),
    ],
  })
  return { serial: serialHex(serial.valueBlock.valueHexView), certId: Buffer.from(certId.toBER()) }
}

function ocspNames(certificate: Buffer): readonly string[] {
  const access = extensionValue(certificate, authorityInfoAccess)
  if (!access) return []
  return children(access, 'authorityInfoAccess')
    .map((each) => children(each, 'accessDescription'))
    .filter(([method]) => oid(method, 'accessMethod') === ocsp)
    .flatMap(([, location]) => uriOf(location) ?? [])
}

function crlNames(certificate: Buffer): readonly string[] {
  const points = extensionValue(certificate, crlDistributionPoints)
  if (!points) return []
  return children(points, 'cRLDistributionPoints')
    .flatMap((point) => children(point, 'distributionPoint'))
    .flatMap((part) => tagged(part, 0) ?? [])
    .flatMap((name) => tagged(name, 0) ?? [])
    .flatMap((name) => uriOf(name) ?? [])
}

/** The uniformResourceIdentifier of a GeneralName. */
function uriOf(name: Node | undefined): string | undefined {
  if (!(name instanceof asn1js.Primitive) || name.idBlock.tagClass !== 3 || name.idBlock.tagNumber !== 6)
    return undefined
  return Buffer.from(name.valueBlock.valueHexView).toString('latin1')
}

function httpUrls(names: readonly string[]): readonly string[] {
  const fit = names.filter((name) => name.length <= maxUrlLength && URL.parse(name)?.protocol === 'http:')
  return [...new Set(fit)].slice(0, maxUrls)
}
