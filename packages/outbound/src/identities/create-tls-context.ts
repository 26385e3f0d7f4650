import { constants, createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, type SecureContextOptions } from 'node:tls'
import {
  checkClientCertificates,
  checkTrustedCas,
  readPemCertificates,
  systemConstraints,
  type TlsSignatures,
  tlsSignatures,
} from '@mtls-gateway/certificate-rules'
import { maxClientRsaBits } from '@mtls-gateway/domain'
import { TransportError } from '../failures/transport-error.ts'
import { deploymentConstraints } from './certificate-list.ts'
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
    let signatures: TlsSignatures | undefined
    if (credentials !== undefined) {
      checkClientCertificates(readPemCertificates(credentials.certificates), trustConstraints)
      signatures = checkKey(credentials)
    }
    const secureContext = createSecureContext({
      minVersion: 'TLSv1.2',
      ciphers,
      secureOptions,
      ...verification,
      ...presented,
      ...(signatures !== undefined && rulesOfKey(signatures)),
    })
    if (trust?.caCertificates === undefined) for (const pem of extraCa) addTrustAnchor(secureContext, pem)
    contextFacts.set(secureContext, { trustConstraints, signatures })
    return secureContext
  } catch (error) {
    throw new TransportError('CLIENT_CERTIFICATE_UNUSABLE', { detail: reason(error), cause: error })
  }
}

interface ContextFacts {
  /** ASN.1 elements of name constraints of the CAs that are trusted, at most. */
  readonly trustConstraints: number
  /** By which the client certificate is presented; undefined without one. */
  readonly signatures: TlsSignatures | undefined
}

/** Kept here, as whoever shares a context has them in common, and keys and CAs are only parsed where one is made. */
const contextFacts = new WeakMap<SecureContext, ContextFacts>()

/** @param secureContext undefined: there is none yet */
export function contextFactsOf(secureContext: SecureContext | undefined): ContextFacts {
  return (
    (secureContext && contextFacts.get(secureContext)) ?? { trustConstraints: systemConstraints, signatures: undefined }
  )
}

/**
 * What a key on an unusual curve needs in its own connections. `DEFAULT` are OpenSSL's own groups, with the key shares
 * that it would send anyway (SSL_CTX_set1_groups_list): the curve comes last. Where TLS 1.3 has no signature for the
 * key, it would go on without the certificate, though the target may take it over TLS 1.2.
 */
function rulesOfKey({ unusualCurve, tls13 }: TlsSignatures): SecureContextOptions {
  return {
    ...(unusualCurve !== undefined && { ecdhCurve: `DEFAULT:${unusualCurve}` }),
    ...(tls13.length === 0 && { maxVersion: 'TLSv1.2' }),
  }
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
 * without a word, and a key that it can't sign with.
 */
function checkKey(credentials: ClientCredentials): TlsSignatures {
  const key = createPrivateKey(credentials.privateKey)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits > maxClientRsaBits) throw new Error(`an RSA key of ${bits} bits, where ${maxClientRsaBits} are the most`)
  const leaf = new X509Certificate(credentials.certificates)
  if (!leaf.checkPrivateKey(key)) throw new Error("the key is not the certificate's")
  const signatures = tlsSignatures(key)
  if (signatures.tls12.length === 0) throw new Error('TLS has no signature for a key of this type')
  return signatures
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
