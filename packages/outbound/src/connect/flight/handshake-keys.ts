import { type CipherChaCha20Poly1305Types, type CipherGCMTypes, createDecipheriv, createHmac } from 'node:crypto'
import { recordHeaderBytes } from './tls-messages.ts'

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
export const tls13Suites: ReadonlyMap<number, CipherSuite> = new Map([
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
export class HandshakeKeys {
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
