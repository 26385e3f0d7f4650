import { createHash, X509Certificate } from 'node:crypto'
import { checkServerIdentity, getCACertificates, type PeerCertificate, rootCertificates } from 'node:tls'
import {
  checkTrustedCas,
  readPemCertificates,
  systemConstraints,
  UnfitCertificate,
} from '@mtls-gateway/certificate-rules'
import { countDerElements, type MappingTrust, trustKey } from '@mtls-gateway/domain'
import { TransportError } from '../failures/transport-error.ts'

export interface TargetTrustSettings {
  /** PEM; these instead of the system's CAs. An intermediate among them is an anchor like a root. */
  readonly caCertificates?: string
  /** `sha256/` and the base64 of the SHA-256 of a SubjectPublicKeyInfo: the leaf's key has to be one of them. */
  readonly spkiPins?: readonly string[]
  /** Asked for by SNI, and looked for in the certificate, instead of the url's host. */
  readonly serverName?: string
}

/** The CA certificates of a trust. */
export interface CaList {
  /** The same for the same certificates of an account: its name as a record, or a hash. */
  readonly key: string
  /** About what they take, parsed. */
  readonly bytes: number
}

/** How a mapping wants its target to be verified. Made once by {@link createTargetTrust}, not with every call. */
export interface TargetTrust extends TargetTrustSettings {
  /**
   * The same for the same settings: only calls that verify alike share connections. For a mapping it is its trust's
   * `trustKey`.
   */
  readonly key: string
  readonly ca?: CaList
}

/**
 * @param caKey names the CA certificates; their hash if left out
 * @throws TransportError `TARGET_TRUST_UNUSABLE` where the CA certificates are none
 */
export function createTargetTrust(settings: TargetTrustSettings, caKey?: string): TargetTrust {
  const { caCertificates, spkiPins, serverName } = settings
  const rest = { ...(spkiPins && { spkiPins }), ...(serverName !== undefined && { serverName }) }
  if (caCertificates === undefined) return { ...settings, key: trustKey(rest) }
  const hash = () => createHash('sha256').update(caCertificates).digest('base64url')
  const ca = { key: caKey ?? hash(), bytes: weighCertificates(caCertificates) }
  return { ...settings, ca, key: trustKey({ ...rest, caRecordId: ca.key }) }
}

/**
 * What a mapping says of the trust in its target.
 * @param caCertificates PEM: what its record of CA certificates holds; undefined if it has none, or the store has lost
 *   it
 * @throws TransportError `TARGET_TRUST_UNUSABLE`: the target is never verified by less than the mapping says
 */
export function mappingTargetTrust(trust: MappingTrust, caCertificates: string | undefined): TargetTrust {
  const { caRecordId, trust: _, ...rest } = trust
  if (caRecordId !== undefined && caCertificates === undefined) throw new TransportError('TARGET_TRUST_UNUSABLE')
  return createTargetTrust({ ...rest, ...(caCertificates !== undefined && { caCertificates }) }, caRecordId)
}

/**
 * The check that Node runs at the end of each handshake that it has verified so far, before anything is sent. The leaf
 * alone is compared with the pins: the certificates above it in Node's list are the sender's choice, and nothing says
 * that the verified path goes through them.
 */
export function targetIdentityCheck(name: string, trust: TargetTrust | undefined) {
  const pins = trust?.spkiPins
  return (_name: string, certificate: PeerCertificate): Error | undefined => {
    const mismatch = checkServerIdentity(name, certificate)
    if (mismatch !== undefined || pins === undefined || pins.length === 0) return mismatch
    return pins.includes(spkiPin(certificate.raw)) ? undefined : new TransportError('TARGET_PIN_MISMATCH')
  }
}

/** The pin of a certificate in DER. */
export function spkiPin(der: Buffer): string {
  const spki = new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' })
  return `sha256/${createHash('sha256').update(spki).digest('base64')}`
}

/**
 * PEM: what this process trusts beside the CAs that come with Node (`NODE_EXTRA_CA_CERTS`, `--use-system-ca`), for
 * child processes that see no environment.
 */
export function inheritedCa(): readonly string[] {
  const brought = new Set(rootCertificates)
  return getCACertificates('default').filter((pem) => !brought.has(pem))
}

/** What all targets of a deployment are verified by, beside the CAs that come with Node. */
export interface DeploymentTrust {
  /** PEM: CAs in addition to those that `NODE_EXTRA_CA_CERTS` names. */
  readonly extraCa: readonly string[]
  /**
   * ASN.1 elements of name constraints that a chain can meet among all of them: those of one CA, as these come from an
   * operator, who has them vouch for each other at most once or twice.
   */
  readonly constraints: number
}

/**
 * OpenSSL stops reading a list of trust anchors at the first one that it cannot parse, and says nothing; and a target
 * whose certificate comes from one that Node cannot describe would end the process.
 * @throws TransportError `TARGET_TRUST_UNUSABLE` unless each PEM is one or more certificates, all of which may be used
 */
export function deploymentTrust(extraCa: readonly string[]): DeploymentTrust {
  const ders = [...getCACertificates('extra'), ...extraCa].flatMap(readCertificates)
  try {
    const constraints = Math.max(systemConstraints, ...ders.map((der) => checkTrustedCas([der])))
    for (const der of ders) new X509Certificate(der)
    return { extraCa, constraints }
  } catch (error) {
    const options = error instanceof UnfitCertificate ? { detail: error.message } : {}
    throw new TransportError('TARGET_TRUST_UNUSABLE', { ...options, cause: error })
  }
}

function readCertificates(pem: string): readonly Buffer[] {
  try {
    return readPemCertificates(pem)
  } catch (error) {
    throw new TransportError('TARGET_TRUST_UNUSABLE', { cause: error })
  }
}

// Measured on Node 24 (ADR 60), each for its worst case: names of one letter once they were compared, one long name,
// the text itself.
const elementBytes = 150
const derByteBytes = 6

/**
 * Without parsing them, as they were parsed when they were uploaded: what X509Certificate takes is only given back by a
 * collection of the heap.
 * @returns about what they take in a context, and as text
 */
function weighCertificates(pem: string): number {
  let bytes = pem.length
  for (const der of readCertificates(pem)) {
    const elements = countDerElements(der)
    if (elements === undefined) throw new TransportError('TARGET_TRUST_UNUSABLE')
    bytes += elements * elementBytes + der.length * derByteBytes
  }
  return bytes
}
