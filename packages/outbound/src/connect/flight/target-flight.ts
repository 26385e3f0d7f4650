import { type CipherChaCha20Poly1305Types, type CipherGCMTypes, createDecipheriv, createHmac } from 'node:crypto'
import { flightRefusal, type TransportError } from '../../failures/transport-error.ts'
import { FlightRules } from './flight-rules.ts'
import {
  ByteQueue,
  type HandshakeMessage,
  MalformedVector,
  MessageAssembly,
  messageTypes,
  parseServerHello,
  readRecordHeader,
  recordHeaderBytes,
  recordTypes,
  type ServerHello,
} from './tls-messages.ts'

const maxBytes = 128 * 1024
/** A usual handshake has ten; some targets cut theirs into small pieces. */
const maxRecords = 200
/** Behind its handshake a target sends two or so tickets. */
const maxRecordsBehind = 16
/** With a MAC, a nonce of CBC and its padding. */
const maxFinishedBytes = 128

/**
 * Reads what a target sends in its handshake, before OpenSSL does: OpenSSL takes whatever keys, chains and lists a
 * target makes up, and works on them for up to 20 s, in which nobody else is served. Node has no setting against it.
 */
export class TargetFlight {
  readonly #received = new ByteQueue()
  readonly #messages = new MessageAssembly()
  readonly #rules: FlightRules
  #hello: ServerHello | undefined
  #keys: HandshakeKeys | undefined
  #bytes = 0
  #records = 0
  /** The last message of the flight has been handed on (TLS 1.3). */
  #isOver = false
  #recordsBehind = 0
  /** It is not TLS: nothing is looked at any more. */
  #isForeign = false
  /** In TLS 1.2: what comes is encrypted. */
  #hasChangedCipher = false
  #hasFinished = false
  #isMisread = false

  constructor(rules = new FlightRules()) {
    this.#rules = rules
  }

  /** Undefined while it has not said which version it chose. */
  get isTls13(): boolean | undefined {
    return this.#hello?.isTls13
  }

  /** How much of the handshake has come. */
  get bytes(): number {
    return this.#bytes
  }

  /** What has come. @throws TransportError */
  add(bytes: Buffer): void {
    this.#received.add(bytes)
    if (this.#isOver || this.#isForeign) return
    this.#bytes += bytes.length
    if (this.#bytes > maxBytes) throw flightRefusal(`it sends more than ${maxBytes} bytes in its handshake`)
  }

  /**
   * The next piece that may be handed on, as it came: one TLS record, or all that has come where it is not TLS. Ask
   * again after each piece was handed on: keys for what follows may have come with it.
   * @returns undefined: nothing has come whole, or the keys for it have not
   * @throws TransportError
   */
  next(): Buffer | undefined {
    if (this.#isMisread) throw malformedFlight()
    const header = this.#isForeign ? 'none' : readRecordHeader(this.#received.peek(recordHeaderBytes))
    if (header === 'none') return this.#passForeign()
    if (header === undefined || this.#received.length < header.bytes) return undefined
    if (this.#isOver) {
      this.#countBehind()
      return this.#received.take(header.bytes)
    }
    // OpenSSL skips a record without content, whatever its type.
    if (header.bytes === recordHeaderBytes) throw malformedFlight()
    if (header.type === recordTypes.applicationData && this.#hello?.isTls13 && !this.#keys) return undefined
    this.#records++
    if (this.#records > maxRecords) throw flightRefusal(`it sends more than ${maxRecords} records in its handshake`)
    const record = this.#received.take(header.bytes)
    this.#look(header.type, record)
    return record
  }

  /** A line of Node's `keylog` event, in the format of SSLKEYLOGFILE. */
  onKeys(line: Buffer): void {
    const [label, , secret = ''] = line.toString('latin1').trim().split(' ')
    if (label !== 'SERVER_HANDSHAKE_TRAFFIC_SECRET') return
    // Should OpenSSL ever take a hello for another version than we do, nothing that follows would have been looked at.
    this.#isMisread = this.#hello?.isTls13 !== true
    if (this.#hello === undefined) return
    const suite = tls13Suites.get(this.#hello.cipherSuite)
    if (suite !== undefined) this.#keys = new HandshakeKeys(suite, Buffer.from(secret, 'hex'))
  }

  /**
   * What has come and was not handed on: when the handshake is over, all of it may go on.
   * @throws TransportError: it is more than belongs there
   */
  rest(): Buffer {
    const bytes = this.#received.take(this.#received.length)
    for (let at = 0; at < bytes.length && !this.#isForeign; ) {
      const header = readRecordHeader(bytes.subarray(at, at + recordHeaderBytes))
      if (header === undefined || header === 'none') break
      this.#countBehind()
      at += header.bytes
    }
    return bytes
  }

  #countBehind(): void {
    this.#recordsBehind++
    if (this.#recordsBehind > maxRecordsBehind)
      throw flightRefusal(`more than ${maxRecordsBehind} records come right behind it`)
  }

  /**
   * OpenSSL has its own errors for each protocol that a target may speak in the place of TLS. It reads no further than
   * the first bytes of it: what they are followed by need not be looked at.
   */
  #passForeign(): Buffer | undefined {
    if (this.#records > 0 && !this.#isOver)
      throw flightRefusal('it sends something that is not TLS in the middle of its handshake')
    this.#isForeign = true
    return this.#received.length === 0 ? undefined : this.rest()
  }

  #look(type: number, record: Buffer): void {
    if (type === recordTypes.alert) return
    if (type === recordTypes.changeCipherSpec) {
      this.#changeCipher(record)
      return
    }
    if (this.#hasChangedCipher) {
      this.#passFinished(type, record)
      return
    }
    const messages = this.#messages.read(this.#contentOf(type, record))
    for (const [index, message] of messages.entries()) {
      const endsRecord = index === messages.length - 1 && this.#messages.isEmpty
      this.#take(message, endsRecord)
    }
  }

  /** RFC 8446 section 5: of TLS 1.3 it means nothing. Of TLS 1.2 nothing but Finished is left. */
  #changeCipher(record: Buffer): void {
    const isWhole = record.length === recordHeaderBytes + 1 && record.at(-1) === 1
    if (!isWhole || this.#hasChangedCipher || !this.#messages.isEmpty) throw malformedFlight()
    this.#hasChangedCipher = this.#hello?.isTls13 === false
  }

  /** It is encrypted, and too short to hold a certificate. */
  #passFinished(type: number, record: Buffer): void {
    if (type !== recordTypes.handshake) return
    if (this.#hasFinished || record.length > maxFinishedBytes) throw malformedFlight()
    this.#hasFinished = true
  }

  #contentOf(type: number, record: Buffer): Buffer {
    const isEncrypted = this.#hello?.isTls13 === true
    if (type !== (isEncrypted ? recordTypes.applicationData : recordTypes.handshake)) throw malformedFlight()
    if (this.#keys === undefined) return record.subarray(recordHeaderBytes)
    const opened = this.#keys.open(record)
    // OpenSSL would refuse it as well, and tell the target. But should its keys ever be others than ours, nothing that
    // follows would have been looked at.
    if (opened === undefined) throw flightRefusal('it sends a record that cannot be decrypted')
    if (opened.type === recordTypes.alert) return Buffer.alloc(0)
    if (opened.type !== recordTypes.handshake) throw malformedFlight()
    return opened.content
  }

  #take(message: HandshakeMessage, endsRecord: boolean): void {
    try {
      const changesKeys = message.type === messageTypes.serverHello ? this.#readHello(message) : this.#check(message)
      // RFC 8446 section 5.1: no message may lie on both sides of a change of keys.
      if (changesKeys && !endsRecord) throw malformedFlight()
    } catch (error) {
      throw error instanceof MalformedVector ? malformedFlight() : error
    }
  }

  /** @returns whether other keys are used for what follows */
  #readHello({ body }: HandshakeMessage): boolean {
    const hello = parseServerHello(body)
    if (this.#hello !== undefined) throw malformedFlight()
    if (hello.isRetry) return false
    if (hello.isTls13 && !tls13Suites.has(hello.cipherSuite))
      throw flightRefusal('it chose a cipher suite that was not offered')
    this.#hello = hello
    return hello.isTls13
  }

  /** @returns as above */
  #check(message: HandshakeMessage): boolean {
    if (this.#hello === undefined) throw malformedFlight()
    this.#rules.check(message, this.#hello.isTls13)
    this.#isOver = this.#hello.isTls13 && message.type === messageTypes.finished
    return this.#isOver
  }
}

function malformedFlight(): TransportError {
  return flightRefusal('its messages are not those of a TLS handshake')
}

/** How records are encrypted. */
interface CipherSuite {
  readonly hash: 'sha256' | 'sha384'
  readonly cipher: CipherGCMTypes | CipherChaCha20Poly1305Types
  readonly keyBytes: number
}

const aes128: CipherSuite = { hash: 'sha256', cipher: 'aes-128-gcm', keyBytes: 16 }
const aes256: CipherSuite = { hash: 'sha384', cipher: 'aes-256-gcm', keyBytes: 32 }
const chaCha20: CipherSuite = { hash: 'sha256', cipher: 'chacha20-poly1305', keyBytes: 32 }

/** RFC 8446 appendix B.4; Node offers no others. */
const tls13Suites: ReadonlyMap<number, CipherSuite> = new Map([
  [0x1301, aes128],
  [0x1302, aes256],
  [0x1303, chaCha20],
])

const ivBytes = 12
const tagBytes = 16

interface OpenedRecord {
  readonly type: number
  readonly content: Buffer
}

/** The keys by which a target of TLS 1.3 encrypts its handshake (RFC 8446 section 7.3). */
class HandshakeKeys {
  readonly #suite: CipherSuite
  readonly #key: Buffer
  readonly #iv: Buffer
  #sequence = 0

  /** @param secret server_handshake_traffic_secret */
  constructor(suite: CipherSuite, secret: Buffer) {
    this.#suite = suite
    this.#key = expandLabel(suite, secret, 'key', suite.keyBytes)
    this.#iv = expandLabel(suite, secret, 'iv', ivBytes)
  }

  /** Decrypts the next record (section 5.2). @returns undefined where it is not encrypted by these keys */
  open(record: Buffer): OpenedRecord | undefined {
    const end = record.length - tagBytes
    if (end < recordHeaderBytes) return undefined
    // `Decipher` has a type for each cipher; they are called alike.
    const cipher = this.#suite.cipher as 'chacha20-poly1305'
    const decipher = createDecipheriv(cipher, this.#key, this.#nextNonce(), { authTagLength: tagBytes })
    const encrypted = record.subarray(recordHeaderBytes, end)
    decipher.setAAD(record.subarray(0, recordHeaderBytes), { plaintextLength: encrypted.length })
    decipher.setAuthTag(record.subarray(end))
    const inner = decipher.update(encrypted)
    try {
      decipher.final()
    } catch {
      return undefined
    }
    // Zeros pad it; the last other byte is the type.
    const typeAt = inner.findLastIndex((byte) => byte !== 0)
    return typeAt < 0 ? undefined : { type: inner.readUInt8(typeAt), content: inner.subarray(0, typeAt) }
  }

  /** Section 5.3. A handshake has far fewer than 2^32 records. */
  #nextNonce(): Buffer {
    const nonce = Buffer.from(this.#iv)
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence) >>> 0, 8)
    this.#sequence++
    return nonce
  }
}

/** HKDF-Expand-Label with an empty context, for no more than one block of the hash (section 7.1). */
function expandLabel({ hash }: CipherSuite, secret: Buffer, label: string, bytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.from([0, bytes, name.length, ...name, 0, 1])
  return createHmac(hash, secret).update(info).digest().subarray(0, bytes)
}
