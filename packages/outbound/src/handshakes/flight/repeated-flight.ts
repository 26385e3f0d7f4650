import { ByteQueue } from './byte-queue.ts'
import { flightRefusal } from './flight-refusal.ts'
import { readRecordHeader, recordHeaderBytes, recordTypes } from './tls-record.ts'

/** A chain of usual length, and as many names of CAs as IIS sends. */
const maxBytes = 24 * 1024

/**
 * What a target of TLS 1.2 sends in a handshake that it asks for on a connection that it has: encrypted under the keys
 * of the first, so that only its size can be told.
 */
export class RepeatedFlight {
  readonly #received = new ByteQueue()
  #bytes = 0

  add(bytes: Buffer): void {
    this.#received.add(bytes)
  }

  /** @throws TransportError */
  next(): Buffer | undefined {
    const header = readRecordHeader(this.#received.peek(recordHeaderBytes))
    if (header === undefined) return undefined
    // OpenSSL tells the target what is wrong with that.
    if (header === 'none') return this.rest()
    if (this.#received.length < header.bytes) return undefined
    if (header.type === recordTypes.handshake) this.#bytes += header.bytes
    if (this.#bytes > maxBytes) throw flightRefusal(`it sends more than ${maxBytes} bytes in a repeated handshake`)
    return this.#received.take(header.bytes)
  }

  rest(): Buffer {
    return this.#received.take(this.#received.length)
  }
}
