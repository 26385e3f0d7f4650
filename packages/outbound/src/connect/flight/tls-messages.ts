import { flightRefusal } from '../../failures/transport-error.ts'

/** Types of records (RFC 8446 section 5.1). */
export const recordTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const

export const recordHeaderBytes = 5
/** RFC 8446 sections 5.1 and 5.2. */
const maxPlainBytes = 2 ** 14
const maxEncryptedBytes = 2 ** 14 + 256

interface RecordHeader {
  readonly type: number
  /** The length of the whole record. */
  readonly bytes: number
}

/**
 * The header of a record before encryption begins, or of TLS 1.3.
 * @param start the first bytes of a record, five if they have come
 * @returns undefined: not enough has come to tell; 'none': no record of TLS begins like this
 */
export function readRecordHeader(start: Buffer): RecordHeader | 'none' | undefined {
  const [type, major] = start
  if (type === undefined) return undefined
  if (type < recordTypes.changeCipherSpec || type > recordTypes.applicationData) return 'none'
  if (major !== undefined && major !== 3) return 'none'
  if (start.length < recordHeaderBytes) return undefined
  const length = start.readUInt16BE(3)
  if (length > (type === recordTypes.applicationData ? maxEncryptedBytes : maxPlainBytes)) return 'none'
  return { type, bytes: recordHeaderBytes + length }
}

/** Bytes that come in pieces and are taken in others. */
export class ByteQueue {
  #chunks: Buffer[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  add(bytes: Buffer): void {
    // No chunk is empty: `peek` counts on it.
    if (bytes.length === 0) return
    this.#chunks.push(bytes)
    this.#length += bytes.length
  }

  /** The first bytes, fewer where no more have come; they stay. */
  peek(count: number): Buffer {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= count) return first.subarray(0, count)
    // Not all chunks: while a long record comes byte by byte, they would be copied again for each.
    return Buffer.concat(this.#chunks.slice(0, count), Math.min(count, this.#length))
  }

  /** The first bytes; no more than have come. */
  take(count: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#chunks
    const whole = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first
    this.#chunks = whole.length > count ? [whole.subarray(count)] : []
    this.#length -= count
    return whole.subarray(0, count)
  }
}

/** Types of messages that say something to the gateway (RFC 8446 section 4, RFC 5246 section 7.4). */
export const messageTypes = {
  serverHello: 2,
  newSessionTicket: 4,
  certificate: 11,
  certificateRequest: 13,
  finished: 20,
  compressedCertificate: 25,
} as const

const messageHeaderBytes = 4
/** A list of certificates is bounded by what a whole handshake may have. */
const maxMessageBytes = 64 * 1024

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
    while (this.#begun.length >= messageHeaderBytes) {
      const header = this.#begun.peek(messageHeaderBytes)
      const type = header.readUInt8(0)
      const length = header.readUIntBE(1, 3)
      if (length > maxMessageBytes && type !== messageTypes.certificate) {
        throw flightRefusal(`it sends a handshake message of ${length} bytes, where ${maxMessageBytes} are the most`)
      }
      if (this.#begun.length < messageHeaderBytes + length) break
      messages.push({ type, body: this.#begun.take(messageHeaderBytes + length).subarray(messageHeaderBytes) })
    }
    return messages
  }
}

/** The bytes contradict the lengths among them. */
export class MalformedVector extends Error {}

/** Reads what RFC 8446 section 3 calls vectors: a length of one to three bytes, then as many bytes. */
export class VectorReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** @throws MalformedVector */
  bytes(count: number): Buffer {
    const from = this.#at
    if (count > this.#bytes.length - from) throw new MalformedVector()
    this.#at += count
    return this.#bytes.subarray(from, this.#at)
  }

  /** @throws MalformedVector */
  number(size: number): number {
    return this.bytes(size).readUIntBE(0, size)
  }

  /** @throws MalformedVector */
  vector(lengthSize: number): Buffer {
    return this.bytes(this.number(lengthSize))
  }
}

export interface ServerHello {
  readonly isTls13: boolean
  /** HelloRetryRequest: another hello follows. */
  readonly isRetry: boolean
  readonly cipherSuite: number
  readonly random: Buffer
}

/** RFC 8446 section 4.1.3: the random of a HelloRetryRequest. */
const retryRandom = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')
const supportedVersions = 43
const tls12 = 0x0303

/**
 * RFC 8446 section 4.1.3. OpenSSL recognises TLS 1.3 by the extension; it refuses any other version in it, and a
 * duplicate. Without the extension it goes by legacy_version, even if that says 1.3; anything below 1.2 it refuses.
 * @throws MalformedVector also where that says more than TLS 1.2, which no target may
 */
export function parseServerHello(body: Buffer): ServerHello {
  const reader = new VectorReader(body)
  const legacyVersion = reader.number(2)
  if (legacyVersion > tls12) throw new MalformedVector()
  const random = reader.bytes(32)
  reader.vector(1) // legacy_session_id_echo
  const cipherSuite = reader.number(2)
  reader.bytes(1) // legacy_compression_method
  const isTls13 = !reader.isAtEnd && hasExtension(reader.vector(2), supportedVersions)
  return { isTls13, isRetry: random.equals(retryRandom), cipherSuite, random }
}

function hasExtension(extensions: Buffer, wanted: number): boolean {
  const reader = new VectorReader(extensions)
  while (!reader.isAtEnd) {
    const type = reader.number(2)
    reader.vector(2)
    if (type === wanted) return true
  }
  return false
}
