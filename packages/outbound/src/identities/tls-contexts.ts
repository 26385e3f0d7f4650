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
import type { AccountIdentity, ClientCredentials, ConnectionIdentity } from './connection-identity.ts'

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
 * The OpenSSL context of an identity for all its connections, made when the first one needs it: that blocks the event
 * loop for 0.4 ms and more, and takes about 50 KB. Records that were stored before there were rules for certificates
 * are held to them here, before OpenSSL decodes one.
 */
export class TlsContext {
  readonly #identity: ConnectionIdentity
  readonly #extraCa: readonly string[]
  #made: SecureContext | undefined
  #trustConstraints = systemConstraints
  #signatures: TlsSignatures | undefined

  /** @param extraCa PEM: CAs that the deployment trusts in addition to the system's */
  constructor(identity: ConnectionIdentity, extraCa: readonly string[]) {
    this.#identity = identity
    this.#extraCa = extraCa
  }

  get isMade(): boolean {
    return this.#made !== undefined
  }

  /** ASN.1 elements of name constraints of the CAs that are trusted, at most; known once it is made. */
  get trustConstraints(): number {
    return this.#trustConstraints
  }

  /** By which the client certificate is presented; undefined without one, and before it is made. */
  get signatures(): TlsSignatures | undefined {
    return this.#signatures
  }

  /** @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`, `TARGET_TRUST_UNUSABLE` */
  get(): SecureContext {
    this.#made ??= this.#make()
    return this.#made
  }

  /** At once: V8 knows nothing of what OpenSSL keeps, and may not collect the heap for an hour. */
  close(): void {
    this.#made?.context.close()
  }

  /** Key and chain are handed over apart, never as a PFX: Node makes trust anchors of the CAs in one. */
  #make(): SecureContext {
    const { credentials, trust } = this.#identity
    const given = trust?.caCertificates
    this.#trustConstraints = given === undefined ? deploymentConstraints(this.#extraCa) : checkTrust(given)
    try {
      if (credentials !== undefined) {
        checkClientCertificates(readPemCertificates(credentials.certificates), this.#trustConstraints)
        this.#signatures = checkKey(credentials)
      }
      const secureContext = createSecureContext({
        minVersion: 'TLSv1.2',
        ciphers,
        secureOptions,
        ...(given !== undefined && { ca: given, allowPartialTrustChain: true }),
        ...(credentials !== undefined && { key: credentials.privateKey, cert: credentials.certificates }),
        ...(this.#signatures !== undefined && rulesOfKey(this.#signatures)),
      })
      if (given === undefined) for (const pem of this.#extraCa) addTrustAnchor(secureContext, pem)
      return secureContext
    } catch (error) {
      throw new TransportError('CLIENT_CERTIFICATE_UNUSABLE', { detail: reason(error), cause: error })
    }
  }
}

/**
 * The OpenSSL contexts of all identities. Those of one account that present the same certificate and trust the same CAs
 * have one together, whatever else they check, and those that present and trust nothing of their own have one over all
 * accounts: a context holds no TLS session. Node cannot share parsed CAs between contexts (ADR 60).
 */
export class TlsContexts {
  readonly #extraCa: readonly string[]
  readonly #held = new Map<string, { readonly context: TlsContext; users: number }>()

  /** @param extraCa PEM: CAs that the deployment trusts in addition to the system's */
  constructor(extraCa: readonly string[]) {
    this.#extraCa = extraCa
  }

  get size(): number {
    return this.#held.size
  }

  /** For this identity, until it gives it back. */
  lease(identity: AccountIdentity): TlsContext {
    const key = contextKey(identity)
    const held = this.#held.get(key) ?? { context: new TlsContext(identity, this.#extraCa), users: 0 }
    this.#held.set(key, held)
    held.users++
    return held.context
  }

  /** Once there is no connection left, and no attempt at one: OpenSSL takes no context that is closed. */
  giveBack(identity: AccountIdentity): void {
    const key = contextKey(identity)
    const held = this.#held.get(key)
    if (held === undefined) return
    held.users--
    if (held.users > 0) return
    this.#held.delete(key)
    held.context.close()
  }
}

function contextKey({ accountId, credentials, trust }: AccountIdentity): string {
  if (credentials === undefined && trust?.ca === undefined) return ''
  return `${accountId} ${credentials?.versionId ?? ''} ${trust?.ca?.key ?? ''}`
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
