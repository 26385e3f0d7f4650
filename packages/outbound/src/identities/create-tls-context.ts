import { constants, createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from 'node:tls'
import {
  checkClientCertificates,
  checkTrustedCas,
  readPemCertificates,
  systemConstraints,
} from '@mtls-gateway/certificate-rules'
import { maxClientRsaBits } from '@mtls-gateway/domain'
import { TransportError } from '../failures/transport-error.ts'
import { deploymentConstraints } from '../trust/certificate-list.ts'
import type { ClientCredentials, ConnectionIdentity } from './connection-identity.ts'

/**
 * Without Diffie-Hellman over whole numbers: its size and numbers are the target's, and one handshake with the largest
 * takes 0.7 s, in which nobody else is served. Browsers have had none since 2016.
 */
const ciphers = `${DEFAULT_CIPHERS}:!kDHE`

/**
 * A TLS 1.2 target may not start another handshake on an open connection: OpenSSL would process whatever arrives along
 * with the request before we could inspect it.
 */
const secureOptions = constants.SSL_OP_NO_RENEGOTIATION

/**
 * The OpenSSL context of an identity, made once for all its connections (0.4 ms, about 50 KB).
 * Key and chain are handed over apart, never as a PFX: Node makes trust anchors of the CAs in one.
 * @param extraCa PEM certificates that the deployment trusts beside the system's
 * Records that were stored before there were rules for certificates are held to them here, before OpenSSL decodes one.
 * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`, `TARGET_TRUST_UNUSABLE`
 */
export function createTlsContext(identity: ConnectionIdentity, extraCa: readonly string[]): SecureContext {
  const { credentials, trust } = identity
  const verification =
    trust?.caCertificates === undefined ? {} : { ca: trust.caCertificates, allowPartialTrustChain: true }
  const presented = credentials === undefined ? {} : { key: credentials.privateKey, cert: credentials.certificates }
  const trustConstraints =
    trust?.caCertificates === undefined ? deploymentConstraints(extraCa) : checkTrust(trust.caCertificates)
  try {
    if (credentials !== undefined) {
      checkClientCertificates(readPemCertificates(credentials.certificates), trustConstraints)
      checkKey(credentials)
    }
    const secureContext = createSecureContext({
      minVersion: 'TLSv1.2',
      ciphers,
      secureOptions,
      ...verification,
      ...presented,
    })
    if (trust?.caCertificates === undefined) for (const pem of extraCa) addTrustAnchor(secureContext, pem)
    constraintsOfContexts.set(secureContext, trustConstraints)
    return secureContext
  } catch (error) {
    throw new TransportError('CLIENT_CERTIFICATE_UNUSABLE', { detail: reason(error), cause: error })
  }
}

/** Kept here, as whoever shares a context trusts the same CAs, and they are only parsed where one is made. */
const constraintsOfContexts = new WeakMap<SecureContext, number>()

/** ASN.1 elements of name constraints of the CAs that a context trusts, at most. */
export function trustConstraintsOf(secureContext: SecureContext): number {
  return constraintsOfContexts.get(secureContext) ?? systemConstraints
}

function checkTrust(caCertificates: string): number {
  try {
    return checkTrustedCas(readPemCertificates(caCertificates))
  } catch (error) {
    throw new TransportError('TARGET_TRUST_UNUSABLE', { detail: reason(error), cause: error })
  }
}

/**
 * Keys that were stored before there was a limit are held to it here. OpenSSL takes an RSA key with an EC certificate
 * without a word.
 */
function checkKey(credentials: ClientCredentials): void {
  const key = createPrivateKey(credentials.privateKey)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits > maxClientRsaBits) throw new Error(`an RSA key of ${bits} bits, where ${maxClientRsaBits} are the most`)
  const leaf = new X509Certificate(credentials.certificates)
  if (!leaf.checkPrivateKey(key)) throw new Error("the key is not the certificate's")
}

/**
 * The option `ca` replaces the system's CAs, and naming all of those again costs 15 ms and 1.3 MB a context, as each
 * parses them anew; added to the context the certificate costs next to nothing, and other contexts do not see it.
 */
function addTrustAnchor(secureContext: SecureContext, pem: string): void {
  secureContext.context.addCACert(pem)
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message ?? 'unknown'
}
