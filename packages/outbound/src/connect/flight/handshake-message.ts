import { flightRefusal } from '../../failures/transport-error.ts'
import { ByteQueue } from './byte-queue.ts'

/** Types of messages that say something to the gateway (RFC 8446 section 4, RFC 5246 section 7.4). */
export const messageTypes = {
  serverHello: 2,
  newSessionTicket: 4,
  certificate: 11,
  certificateRequest: 13,
  finished: 20,
  compressedCertificate: 25,
} as const

const headerBytes = 4
/** A list of certificates is bounded by what a whole handshake may have. */
const maxBytes = 64 * 1024

export interface HandshakeMessage {
  readonly type: number
  readonly body: Buffer
}

/** Puts messages together, which end where they like: a record has a part of one, or several. */
export class MessageAssembly {
  readonly #begun = new ByteQueue()

  /** The last message has come whole. */
  get isEmpty(): boolean {
    return this.#begun.length === 0
  }

  /**
   * @param fragment what the next record has
   * @returns the messages that end in it
   * @throws TransportError
   */
  read(fragment: Buffer): readonly HandshakeMessage[] {
    this.#begun.add(fragment)
    const messages: HandshakeMessage[] = []
    while (this.#begun.length >= headerBytes) {
      const header = this.#begun.peek(headerBytes)
      const type = header.readUInt8(0)
      const length = header.readUIntBE(1, 3)
      if (length > maxBytes && type !== messageTypes.certificate) {
        throw flightRefusal(`it sends a handshake message of ${length} bytes, where ${maxBytes} are the most`)
      }
      if (this.#begun.length < headerBytes + length) break
      messages.push({ type, body: this.#begun.take(headerBytes + length).subarray(headerBytes) })
    }
    return messages
  }
}
