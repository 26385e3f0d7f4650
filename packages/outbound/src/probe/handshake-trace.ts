import { X509Certificate } from 'node:crypto'
import { readPemCertificates, signatureName } from '@mtls-gateway/certificate-rules'
import { distinguishedName } from '@mtls-gateway/domain'
import type { SeenHandshake } from '../connect/connection-attempt.ts'
import { inputOf } from '../connect/target-socket.ts'
import { alertNumber } from '../failures/tls-failures.ts'

/** What a TLS handshake came to, for reports. */
export interface Handshake {
  /** `TLSv1.2`, `TLSv1.3`; null if the two sides did not get as far. */
  readonly protocol: string | null
  /** OpenSSL's name; null if the two sides did not get as far. */
  readonly cipher: string | null
  /** The target's certificate was verified and accepted. */
  readonly authorized: boolean
  readonly targetCertificate: TargetCertificate
  /** The target sent a CertificateRequest (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4). */
  readonly clientCertificateRequested: boolean
}

export interface CertificateDescription {
  /** As RFC 4514 has it, like the issuer. */
  readonly subject: string
  readonly issuer: string
  /** ISO 8601. */
  readonly notAfter: string
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprintSha256: string
}

export interface TargetCertificate extends CertificateDescription {
  /** As in the certificate, `DNS:a.example, IP Address:192.0.2.1`. */
  readonly subjectAltName: string | null
}

/** So many of the signature algorithms that a target names go into a sentence. */
const maxNamed = 40

export interface TlsAlert {
  readonly from: 'target'
  readonly code: number
  /** In the words of RFC 8446 section 6, as OpenSSL has them. */
  readonly description: string
}

/** What a target says of client certificates, by its messages and by how it ends the connection. */
export interface HandshakeTrace {
  /** The target sent a CertificateRequest (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4). */
  readonly clientCertificateRequested: boolean
  /** The issuers that it named, as RFC 4514 has them. None: it did not say. */
  readonly acceptableIssuers: readonly string[]
  /**
   * Whether one of the certificates was issued by an issuer that the target named (RFC 8446 section 4.4.2.2); null
   * where it named none.
   */
  readonly chainAcceptable: boolean | null
  /** The first of the signature algorithms that it named (`rsa_pkcs1_sha256`). */
  readonly acceptableSignatures: readonly string[]
  /** OpenSSL answered the request without the certificate: the target takes no signature of such a key. */
  readonly clientCertificateWithheld: boolean
  /** The target went on after the client's certificate: by its Finished (TLS 1.2), or by a ticket (TLS 1.3). */
  readonly completedByTarget: boolean
  /** The target said that it closes (close_notify). */
  readonly closedInOrder: boolean
  /** The target chose one of the protocols that were offered (RFC 7301). */
  readonly protocolChosen: boolean
  /** The fatal alert by which the target ended the connection. */
  readonly alert: TlsAlert | null
}

export function describeCertificate(certificate: X509Certificate): CertificateDescription {
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    notAfter: certificate.validToDate.toISOString(),
    fingerprintSha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}

/** What a connection of its own has shown of its handshake, and what followed. */
export class HandshakeNotes {
  /** Undefined where the target's certificate was neither accepted nor refused. */
  handshake: Handshake | undefined
  /** The target's certificates in DER, as it sent them, leaf first. */
  chain: readonly Buffer[] = []
  #asked: Pick<SeenHandshake, 'isWithheld'> & Pick<SeenHandshake['messages'], 'authorities' | 'acceptedSignatures'> = {
    authorities: [],
    acceptedSignatures: [],
    isWithheld: false,
  }
  #clientCertificateRequested = false
  #protocolChosen = false
  #completedByTarget = false
  #closedInOrder = false

  take({ socket, certificate, protocol, cipher, messages, isWithheld }: SeenHandshake): void {
    const { chain, authorities, acceptedSignatures, asksForCertificate: clientCertificateRequested } = messages
    this.chain = chain
    this.#asked = { authorities, acceptedSignatures, isWithheld }
    this.#clientCertificateRequested = clientCertificateRequested
    const own = certificate && new X509Certificate(certificate)
    this.handshake = own && {
      protocol,
      cipher,
      authorized: socket !== undefined,
      targetCertificate: { ...describeCertificate(own), subjectAltName: own.subjectAltName ?? null },
      clientCertificateRequested,
    }
    if (socket === undefined) return
    this.#protocolChosen = socket.alpnProtocol !== false
    this.#completedByTarget = protocol === 'TLSv1.2'
    socket.once('session', () => {
      this.#completedByTarget = true
    })
    socket.once('end', () => {
      this.#closedInOrder = inputOf(socket).endsByAlert
    })
  }

  /**
   * Reads the names that the target made up: for a process that makes calls and nothing else.
   * @param error what the call failed with
   * @param certificates PEM: those of the client
   */
  trace(error: unknown, certificates?: string): HandshakeTrace {
    const { authorities, acceptedSignatures, isWithheld } = this.#asked
    const acceptableIssuers = authorities.map((name) => nameFromDer(name) ?? '(unreadable)')
    const isAcceptable = (der: Buffer) => acceptableIssuers.includes(distinguishedName(new X509Certificate(der).issuer))
    return {
      clientCertificateRequested: this.#clientCertificateRequested,
      acceptableIssuers,
      // Where issuers were named, the certificates are in use: they can be read.
      chainAcceptable:
        acceptableIssuers.length === 0
          ? null
          : certificates !== undefined && readPemCertificates(certificates).some(isAcceptable),
      acceptableSignatures: acceptedSignatures.slice(0, maxNamed).map(signatureName),
      clientCertificateWithheld: isWithheld,
      completedByTarget: this.#completedByTarget,
      closedInOrder: this.#closedInOrder,
      protocolChosen: this.#protocolChosen,
      alert: alertOf(error),
    }
  }
}

/** What is known of a call that came to nothing. */
export const noTrace: HandshakeTrace = new HandshakeNotes().trace(undefined)

function alertOf(error: unknown): TlsAlert | null {
  if (!(error instanceof Error)) return null
  const code = alertNumber(error.message)
  if (code === undefined) return null
  // OpenSSL's reason, such as `tlsv1 alert unknown ca`.
  const { reason = '' } = error as { reason?: string }
  return { from: 'target', code, description: reason.split(' alert ').at(-1) || `alert ${code}` }
}

/**
 * A distinguished name in DER as {@link distinguishedName} writes it. Node has no parser for a name alone, so it gets a
 * certificate around it: then this name reads like those of the certificates that it is compared with. Undefined where
 * it is no name.
 */
export function nameFromDer(der: Buffer): string | undefined {
  const key = sequence(ed25519, bitString(32))
  const toBeSigned = sequence(serialNumber, ed25519, der, sequence(time, time), emptyName, key)
  try {
    return distinguishedName(new X509Certificate(sequence(toBeSigned, ed25519, bitString(64))).issuer)
  } catch {
    return undefined
  }
}

const serialNumber = Buffer.from('020101', 'hex')
const ed25519 = Buffer.from('300506032b6570', 'hex')
const time = Buffer.from('170d3730303130313030303030305a', 'hex')
const emptyName = sequence()

function sequence(...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 0x80 ? [size] : [0x82, size >> 8, size & 0xff]
  return Buffer.from([0x30, ...length, ...content])
}

function bitString(bytes: number): Buffer {
  return Buffer.from([0x03, bytes + 1, 0, ...Buffer.alloc(bytes)])
}
