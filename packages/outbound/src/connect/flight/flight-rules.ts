import {
  type CertificateCounts,
  checkCertificate,
  systemConstraints,
  takesTooManyComparisons,
  UnfitCertificate,
} from '@mtls-gateway/certificate-rules'
import { countDerElements } from '@mtls-gateway/domain'
import { flightRefusal } from '../../failures/transport-error.ts'
import { type HandshakeMessage, messageTypes, VectorReader } from './tls-messages.ts'

/** The longest handshakes have eight messages. */
const maxMessages = 32
const maxCertificates = 16
/** OpenSSL and Node keep a chain for as long as its connection lives, at about seven times its length. */
const maxChainBytes = 64 * 1024
/** For the whole chain: some of OpenSSL's work on it grows with the square of this. */
const maxChainElements = 2_000
const maxAuthorities = 400
/** OpenSSL keeps the names for as long as the connection lives, at up to 200 bytes for each element. */
const maxAuthorityElements = 5_000
const maxAuthorityBytes = 48 * 1024
const signatureAlgorithms = 13
const certificateAuthorities = 47

const nothing: Buffer = Buffer.alloc(0)

/** What the messages of one handshake may be, and what they have said. */
export class FlightRules {
  readonly #trustConstraints: number
  #messages = 0
  #tickets = 0
  /** In DER, as the target sent it: for what is said of a failure. */
  chain: readonly Buffer[] = []
  asksForCertificate = false
  /** The names of the CAs whose certificates it takes of the client, in DER; none while it has not asked. */
  authorities: readonly Buffer[] = []
  /** The signatures that it takes of the client, as its CertificateRequest has them: two bytes each. */
  #signatures: Buffer = nothing

  /** @param trustConstraints ASN.1 elements of name constraints of the CAs that are trusted */
  constructor(trustConstraints = systemConstraints) {
    this.#trustConstraints = trustConstraints
  }

  /** The numbers of the signatures that it takes of the client; none while it has not asked for a certificate. */
  get acceptedSignatures(): readonly number[] {
    const count = Math.floor(this.#signatures.length / 2)
    return Array.from({ length: count }, (_, index) => this.#signatures.readUInt16BE(2 * index))
  }

  /** The connection may live for long. */
  forget(): void {
    this.chain = []
    this.authorities = []
    this.#signatures = nothing
  }

  /**
   * @throws TransportError
   * @throws MalformedVector
   */
  check({ type, body }: HandshakeMessage, isTls13: boolean): void {
    this.#messages++
    if (this.#messages > maxMessages) throw flightRefusal(`it sends more than ${maxMessages} handshake messages`)
    if (type === messageTypes.certificate) {
      this.chain = checkChain(isTls13 ? chainOfTls13(body) : chainOfTls12(body), this.#trustConstraints)
    }
    if (type === messageTypes.certificateRequest) {
      this.asksForCertificate = true
      const { signatures, names } = isTls13 ? requestOfTls13(body) : requestOfTls12(body)
      this.#signatures = signatures
      this.authorities = checkAuthorities(new VectorReader(names))
    }
    // In TLS 1.3 they come after the handshake.
    if (type === messageTypes.newSessionTicket) this.#tickets++
    if (this.#tickets > 1) throw flightRefusal('it sends more than one session ticket in its handshake')
    if (type === messageTypes.compressedCertificate) {
      throw flightRefusal('it sends a compressed certificate, which was not offered')
    }
  }
}

/**
 * OpenSSL decodes the keys of all certificates that it is sent before it looks at any, and then verifies each
 * signature up to a certificate that it trusts or does not find: Node only tells it afterwards that a chain is refused.
 * @param chain in DER, as the target sends it
 * @param trustConstraints ASN.1 elements of name constraints of the CAs that are trusted
 * @returns the chain
 * @throws TransportError
 */
function checkChain(chain: Iterable<Buffer>, trustConstraints: number): readonly Buffer[] {
  const checked: Buffer[] = []
  const all: CertificateCounts[] = []
  let bytes = 0
  let elements = 0
  for (const der of chain) {
    if (all.length === maxCertificates) throw flightRefusal(`its chain has more than ${maxCertificates} certificates`)
    bytes += der.length
    if (bytes > maxChainBytes) throw flightRefusal(`its chain has more than ${maxChainBytes} bytes`)
    const counts = check(der, `certificate ${all.length + 1} of its chain`)
    elements += counts.elements
    all.push(counts)
    checked.push(der)
  }
  if (elements > maxChainElements) {
    throw flightRefusal(`its chain has ${elements} ASN.1 elements, where ${maxChainElements} are the most`)
  }
  if (takesTooManyComparisons(all, trustConstraints)) {
    throw flightRefusal('its chain has too many names and name constraints')
  }
  return checked
}

function check(der: Buffer, which: string): CertificateCounts {
  try {
    return checkCertificate(der, 'theirs')
  } catch (error) {
    if (error instanceof UnfitCertificate) throw flightRefusal(`${which} ${error.message}`)
    throw error
  }
}

/** RFC 5246 section 7.4.2. */
function* chainOfTls12(body: Buffer): Iterable<Buffer> {
  const list = new VectorReader(new VectorReader(body).vector(3))
  while (!list.isAtEnd) yield list.vector(3)
}

/** RFC 8446 section 4.4.2. */
function* chainOfTls13(body: Buffer): Iterable<Buffer> {
  const reader = new VectorReader(body)
  reader.vector(1) // certificate_request_context
  const list = new VectorReader(reader.vector(3))
  while (!list.isAtEnd) {
    yield list.vector(3)
    list.vector(2) // extensions
  }
}

/** What a CertificateRequest says. */
interface CertificateRequest {
  readonly signatures: Buffer
  readonly names: Buffer
}

/** RFC 5246 section 7.4.4. */
function requestOfTls12(body: Buffer): CertificateRequest {
  const reader = new VectorReader(body)
  reader.vector(1) // certificate_types
  return { signatures: reader.vector(2), names: reader.vector(2) }
}

/** RFC 8446 section 4.3.2; OpenSSL refuses an extension that comes twice. */
function requestOfTls13(body: Buffer): CertificateRequest {
  const reader = new VectorReader(body)
  reader.vector(1) // certificate_request_context
  const extensions = new VectorReader(reader.vector(2))
  const request = { signatures: nothing, names: nothing }
  while (!extensions.isAtEnd) {
    const type = extensions.number(2)
    const extension = extensions.vector(2)
    if (type === signatureAlgorithms) request.signatures = new VectorReader(extension).vector(2)
    if (type === certificateAuthorities) request.names = new VectorReader(extension).vector(2)
  }
  return request
}

function checkAuthorities(list: VectorReader): readonly Buffer[] {
  const names: Buffer[] = []
  let elements = 0
  let bytes = 0
  while (!list.isAtEnd) {
    const name = list.vector(2)
    names.push(name)
    if (names.length > maxAuthorities) {
      throw flightRefusal(`it names more than ${maxAuthorities} CAs for client certificates`)
    }
    const count = countDerElements(name)
    if (count === undefined) throw flightRefusal('it names a CA for client certificates in a way that is not DER')
    elements += count
    bytes += name.length
    if (elements > maxAuthorityElements || bytes > maxAuthorityBytes)
      throw flightRefusal('its names of CAs for client certificates are too long')
  }
  return names
}
