import type { X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { checkCertificate, UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { CodedError, digestOf } from '@mtls-gateway/domain'
import { BoundedMemo } from '@mtls-gateway/event-loop'
import {
  type CallerCertificate,
  type CertificateRule,
  type CredentialKind,
  certificateInvalid,
  checkCertificateTime,
  type Principal,
  principalOfCertificate,
} from '@mtls-gateway/request-auth'
import { Gauge } from 'prom-client'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import { type FileWatch, FollowedFiles } from '../process/followed-files.ts'
import { peerAddress, type TrustedProxies } from '../throttling/client-address.ts'
import { type CallerCas, readCallerCas } from './caller-cas.ts'
import { readCallerRules } from './caller-rules-file.ts'
import { certificateInHeader, readCallerCertificate } from './read-caller-certificate.ts'

export type CallerCertificateConfiguration = Pick<
  CommonConfiguration,
  'callerCaFile' | 'callerCertificateRulesFile' | 'callerCertificateFromProxy' | 'services'
>

/** By this, a proxy passes on the certificate that its caller has shown (RFC 9440). It is passed on to nobody. */
export const clientCertificateHeader = 'client-cert'

/** A certificate that TLS, or a proxy, has verified. */
interface Verified {
  readonly certificate: CallerCertificate
  /** What the first rule gives that it matches, by the rules of that time. */
  principal?: Principal
  rules?: readonly CertificateRule[]
}

/** What the connection of a caller has shown in its handshake. */
interface Shown {
  /** Or why it is refused, such as what OpenSSL says against it: `CERT_HAS_EXPIRED`. */
  readonly verified: Verified | CodedError
  /** The fingerprint of its CA, if that is one of ours. */
  readonly issuer: string | undefined
  /** By which it was verified. */
  readonly cas: CallerCas | undefined
}

/** On the socket itself, as the context of a request is on the request. */
const shownKey = Symbol('shown certificate')
type ShowingSocket = Socket & { [shownKey]?: Shown }

/** What browsers say of requests of the service's own pages, and of those that nobody but their user has caused. */
const ownSites: ReadonlySet<unknown> = new Set([undefined, 'same-origin', 'none'])

/**
 * Who callers are that show a client certificate: in the handshake with this service, or in that with a trusted proxy.
 * Certificate and rules are read once for each connection, and the time is looked at for each call.
 */
export class CallerCertificates {
  readonly #configuration: CallerCertificateConfiguration
  readonly #proxies: TrustedProxies
  /** Undefined: certificates of callers mean nothing. */
  #rules: readonly CertificateRule[] | undefined
  #cas: CallerCas | undefined
  /** The CAs that there were when each connection began, by its addresses: they verify it, however long that takes. */
  readonly #casOfConnections = new Map<string, CallerCas | undefined>()
  /** By the digest of what a proxy has passed on. */
  readonly #passedOn = new BoundedMemo<Verified>({ maxTexts: 1_000, maxLength: 64 })
  readonly #accepted = new WeakMap<readonly CredentialKind[], readonly CredentialKind[]>()
  #onChanged: (() => void) | undefined
  readonly #files: FollowedFiles | undefined

  /**
   * @param watch without it, the files are read once
   * @throws CodedError `CONFIGURATION_INVALID`
   */
  constructor(configuration: CallerCertificateConfiguration, proxies: TrustedProxies, watch?: FileWatch) {
    this.#configuration = configuration
    this.#proxies = proxies
    this.#read()
    this.#files = watch && this.#follow(watch)
  }

  get rules(): readonly CertificateRule[] {
    return this.#rules ?? []
  }

  /** By which TLS verifies certificates; undefined: it asks for none. */
  get cas(): CallerCas | undefined {
    return this.#cas
  }

  /** @param listener told when the CAs are others than before */
  onChanged(listener: () => void): void {
    this.#onChanged = listener
  }

  /** What a resource accepts, with certificates where they mean something. */
  accepted(kinds: readonly CredentialKind[]): readonly CredentialKind[] {
    if (this.#rules === undefined) return kinds
    const known = this.#accepted.get(kinds)
    if (known !== undefined) return known
    const all = [...kinds, 'certificate'] as const
    this.#accepted.set(kinds, all)
    return all
  }

  /** To be told of each connection before its handshake. */
  begin(socket: Socket): void {
    const addresses = addressesOf(socket)
    this.#casOfConnections.set(addresses, this.#cas)
    socket.once('close', () => this.#casOfConnections.delete(addresses))
  }

  /** To be told of each connection whose handshake has ended. */
  accept(socket: TLSSocket & ShowingSocket): void {
    // Not by `authorized` alone: Node also says so of a connection that resumes a session without a certificate.
    // Not by `getPeerCertificate`, by which Node describes all that a stranger may send, and crashes at some keys.
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) return
    const cas = this.#casOfConnections.get(addressesOf(socket))
    const verified = socket.authorized ? readShown(certificate) : untrusted(String(socket.authorizationError))
    socket[shownKey] = { verified, issuer: cas?.issuerOf(certificate), cas }
  }

  /** Whether a connection has shown a certificate that was verified by other CAs than those of now. */
  isOutdated(socket: ShowingSocket): boolean {
    const shown = socket[shownKey]
    return shown !== undefined && shown.cas !== this.#cas
  }

  /**
   * Who makes a request that has no Authorization.
   * @returns undefined if it shows no certificate, or certificates mean nothing
   * @throws CodedError `CALLER_CERTIFICATE_INVALID` (401)
   */
  principalOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Principal | undefined {
    if (this.#rules === undefined) return undefined
    // That of a proxy's own connection is not its caller's.
    const isFromProxy = this.#proxies.trust({ headers }, peerAddress(socket))
    const verified = isFromProxy ? this.#passedOnIn(headers) : this.#shownBy(socket)
    if (verified === undefined) return undefined
    if (!ownSites.has(headers['sec-fetch-site'])) throw ofAnotherSite()
    checkCertificateTime(verified.certificate, Date.now())
    if (verified.principal === undefined || verified.rules !== this.#rules) {
      verified.principal = principalOfCertificate(verified.certificate, this.#rules)
      verified.rules = this.#rules
    }
    return verified.principal
  }

  close(): void {
    this.#files?.close()
  }

  #shownBy({ [shownKey]: shown }: ShowingSocket): Verified | undefined {
    if (shown === undefined) return undefined
    const { verified, issuer, cas } = shown
    if (verified instanceof CodedError) throw verified
    const isGone = cas !== this.#cas && issuer !== undefined && !this.#cas?.fingerprints.has(issuer)
    if (!isGone) return verified
    throw untrusted('its CA is no longer among them')
  }

  #passedOnIn(headers: IncomingHttpHeaders): Verified | undefined {
    const field = headers[clientCertificateHeader]
    if (!this.#configuration.callerCertificateFromProxy || typeof field !== 'string' || field === '') return undefined
    const digest = digestOf(field)
    const read = () => ({ certificate: readCallerCertificate(certificateInHeader(field)) })
    return this.#passedOn.get(digest) ?? this.#passedOn.make(digest, read)
  }

  #read(): void {
    const { callerCaFile, callerCertificateRulesFile: file, services } = this.#configuration
    if (file === undefined) return
    const rules = readCallerRules(file, services)
    const cas = callerCaFile === undefined ? undefined : readCallerCas(callerCaFile)
    this.#rules = rules
    const [before, now] = [this.#cas, cas].map((each) => `${each?.ca}${each?.crl}`)
    if (before === now) return
    this.#cas = cas
    this.#onChanged?.()
  }

  #follow(watch: FileWatch): FollowedFiles {
    const failed = new Gauge({
      name: 'caller_certificates_reload_failed',
      help: '1 while CALLER_CA_FILE or CALLER_CERTIFICATE_RULES_FILE cannot be used, and what it said before is in use; else 0',
      registers: [watch.metrics.registry],
    })
    const read = () => {
      this.#read()
      return { rules: this.rules.length }
    }
    const { callerCaFile, callerCertificateRulesFile } = this.#configuration
    const files = [callerCaFile, callerCertificateRulesFile]
    return new FollowedFiles({ ...watch, name: 'caller-certificates', files, failed, read })
  }
}

/** Checked first: Node crashes where it describes a certificate whose key is on a curve without a name of NIST. */
function readShown(certificate: X509Certificate): Verified | CodedError {
  try {
    checkCertificate(certificate.raw, 'theirs')
    return { certificate: readCallerCertificate(certificate) }
  } catch (error) {
    const because = error instanceof UnfitCertificate ? `it ${error.message}` : 'it cannot be read'
    return certificateInvalid('caller-certificate-malformed', because)
  }
}

function untrusted(because: string): CodedError {
  return certificateInvalid(
    'caller-certificate-untrusted',
    `no CA that this gateway trusts for callers vouches for it (${because})`,
  )
}

/** A browser shows the certificate of its user with each request, whichever page has caused it. */
function ofAnotherSite(): CodedError {
  return certificateInvalid('caller-certificate-cross-site', 'a page of another site had a browser send it')
}

/** The addresses of both ends: a caller may have connections from one port to several addresses of the service. */
function addressesOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}
