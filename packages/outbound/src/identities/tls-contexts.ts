import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import {
  checkClientCertificates,
  checkTrustedCas,
  readPemCertificates,
  type TlsSignatures,
  tlsSignatures,
} from '@mtls-gateway/certificate-rules'
import { maxClientRsaBits } from '@mtls-gateway/domain'
import { isTransportError, TransportError } from '../failures/transport-error.ts'
import type { ClientCredentials, ConnectionIdentity } from './connection-identity.ts'
import { tlsOptions } from './target-tls.ts'
import type { DeploymentTrust } from './target-trust.ts'

interface MadeContext {
  readonly secureContext: SecureContext
  /** ASN.1 elements of name constraints of the CAs that are trusted, at most. */
  readonly trustConstraints: number
  /** By which the client certificate is presented; undefined without one. */
  readonly signatures: TlsSignatures | undefined
}

/**
 * The OpenSSL context of an identity for all its connections, made when the first one needs it: that blocks the event
 * loop for 0.4 ms and more, and takes about 50 KB. It holds no TLS session. Records that were stored before there were
 * rules for certificates are held to them here, before OpenSSL decodes one.
 */
export class TlsContext {
  readonly #identity: ConnectionIdentity
  readonly #deployment: DeploymentTrust
  #made: MadeContext | undefined

  constructor(identity: ConnectionIdentity, deployment: DeploymentTrust) {
    this.#identity = identity
    this.#deployment = deployment
  }

  get made(): MadeContext | undefined {
    return this.#made
  }

  /** @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`, `TARGET_TRUST_UNUSABLE`, `TARGET_TLS_UNUSABLE` */
  get(): MadeContext {
    this.#made ??= this.#make()
    return this.#made
  }

  /** At once: V8 knows nothing of what OpenSSL keeps, and may not collect the heap for an hour. */
  close(): void {
    this.#made?.secureContext.context.close()
  }

  /** Key and chain are handed over apart, never as a PFX: Node makes trust anchors of the CAs in one. */
  #make(): MadeContext {
    const { credentials, trust, tls } = this.#identity
    const given = trust?.caCertificates
    const trustConstraints = given === undefined ? this.#deployment.constraints : checkTrust(given)
    let signatures: TlsSignatures | undefined
    try {
      if (credentials !== undefined) {
        checkClientCertificates(readPemCertificates(credentials.certificates), trustConstraints)
        signatures = checkKey(credentials)
      }
      const secureContext = createSecureContext({
        ...tlsOptions(tls, signatures),
        ...(given !== undefined && { ca: given, allowPartialTrustChain: true }),
        ...(credentials !== undefined && { key: credentials.privateKey, cert: credentials.certificates }),
      })
      if (given === undefined) for (const pem of this.#deployment.extraCa) addTrustAnchor(secureContext, pem)
      return { secureContext, trustConstraints, signatures }
    } catch (error) {
      if (isTransportError(error)) throw error
      throw new TransportError('CLIENT_CERTIFICATE_UNUSABLE', { detail: reason(error), cause: error })
    }
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
