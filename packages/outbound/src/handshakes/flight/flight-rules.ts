import { countDerElements } from '@mtls-gateway/domain'
import { checkChain } from './chain-rules.ts'
import { flightRefusal } from './flight-refusal.ts'
import { type HandshakeMessage, messageTypes } from './handshake-message.ts'
import { VectorReader } from './vector-reader.ts'

/** The longest handshakes have eight messages. */
const maxMessages = 32
const maxAuthorities = 400
/** OpenSSL keeps the names for as long as the connection lives, at up to 200 bytes for each element. */
const maxAuthorityElements = 5_000
const maxAuthorityBytes = 48 * 1024
const certificateAuthorities = 47

/** What the messages of one handshake may be. */
export class FlightRules {
  readonly #trustConstraints: number
  #messages = 0
  #tickets = 0
  /** In DER, as the target sent it: for what is said of a failure. */
  chain: readonly Buffer[] = []
  asksForCertificate = false

  /** @param trustConstraints ASN.1 elements of name constraints of the CAs that are trusted */
  constructor(trustConstraints: number) {
    this.#trustConstraints = trustConstraints
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
      checkAuthorities(isTls13 ? namesOfTls13(body) : namesOfTls12(body))
    }
    // In TLS 1.3 they come after the handshake.
    if (type === messageTypes.newSessionTicket) this.#tickets++
    if (this.#tickets > 1) throw flightRefusal('it sends more than one session ticket in its handshake')
    if (type === messageTypes.compressedCertificate) {
      throw flightRefusal('it sends a compressed certificate, which was not offered')
    }
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

/** RFC 5246 section 7.4.4. */
function namesOfTls12(body: Buffer): VectorReader {
  const reader = new VectorReader(body)
  reader.vector(1) // certificate_types
  reader.vector(2) // supported_signature_algorithms
  return new VectorReader(reader.vector(2))
}

/** RFC 8446 section 4.3.2; OpenSSL refuses an extension that comes twice. */
function namesOfTls13(body: Buffer): VectorReader {
  const reader = new VectorReader(body)
  reader.vector(1) // certificate_request_context
  const extensions = new VectorReader(reader.vector(2))
  while (!extensions.isAtEnd) {
    const type = extensions.number(2)
    const extension = extensions.vector(2)
    if (type === certificateAuthorities) return new VectorReader(new VectorReader(extension).vector(2))
  }
  return new VectorReader(Buffer.alloc(0))
}

function checkAuthorities(list: VectorReader): void {
  let names = 0
  let elements = 0
  let bytes = 0
  while (!list.isAtEnd) {
    names++
    if (names > maxAuthorities) throw flightRefusal(`it names more than ${maxAuthorities} CAs for client certificates`)
    const name = list.vector(2)
    const count = countDerElements(name)
    if (count === undefined) throw flightRefusal('it names a CA for client certificates in a way that is not DER')
    elements += count
    bytes += name.length
    if (elements > maxAuthorityElements || bytes > maxAuthorityBytes)
      throw flightRefusal('its names of CAs for client certificates are too long')
  }
}
