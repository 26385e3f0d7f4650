import { type CipherGCMTypes, createCipheriv, createHmac } from 'node:crypto'

interface Suite {
  readonly hash: 'sha256' | 'sha384'
  readonly cipher: string
  readonly keyBytes: number
  readonly secretBytes: number
}

const first: Suite = { hash: 'sha256', cipher: 'aes-128-gcm', keyBytes: 16, secretBytes: 32 }
/** By the last digit of their number (RFC 8446 appendix B.4). */
const suites: Readonly<Record<string, Suite>> = {
  1: first,
  2: { hash: 'sha384', cipher: 'aes-256-gcm', keyBytes: 32, secretBytes: 48 },
  3: { hash: 'sha256', cipher: 'chacha20-poly1305', keyBytes: 32, secretBytes: 32 },
}
const [ivBytes, tagBytes] = [12, 16]

/** Encrypts a target's records by keys that come of a fixed secret (RFC 8446 sections 5.2, 5.3 and 7.3). */
export class Sealing {
  readonly #suite: Suite
  readonly #secret: Buffer
  readonly #key: Buffer
  readonly #iv: Buffer
  #sequence = 0

  /** @param digit the last one of the cipher suite's number; the first suite, if there is none with it */
  constructor(digit: string) {
    this.#suite = suites[digit] ?? first
    this.#secret = Buffer.alloc(this.#suite.secretBytes, 0x5e)
    this.#key = this.#expand('key', this.#suite.keyBytes)
    this.#iv = this.#expand('iv', ivBytes)
  }

  /** What OpenSSL gives out for logs when it has read a ServerHello. */
  get keyLines(): readonly Buffer[] {
    const line = (label: string, secret: Buffer) =>
      Buffer.from(`${label} ${'00'.repeat(32)} ${secret.toString('hex')}\n`, 'latin1')
    const others = Buffer.alloc(this.#suite.secretBytes, 0xa1)
    return [
      line('CLIENT_HANDSHAKE_TRAFFIC_SECRET', others),
      line('SERVER_HANDSHAKE_TRAFFIC_SECRET', this.#secret),
      line('SERVER_TRAFFIC_SECRET_0', others),
    ]
  }

  /** @returns the content of the record that is sent */
  seal(inner: Buffer): Buffer {
    const length = inner.length + tagBytes
    // There is one type for each cipher; they are called alike.
    const sealing = createCipheriv(this.#suite.cipher as CipherGCMTypes, this.#key, this.#nonce(), {
      authTagLength: tagBytes,
    })
    sealing.setAAD(Buffer.of(23, 3, 3, (length >> 8) & 0xff, length & 0xff), { plaintextLength: inner.length })
    return Buffer.concat([sealing.update(inner), sealing.final(), sealing.getAuthTag()])
  }

  #nonce(): Buffer {
    const number = Buffer.alloc(ivBytes)
    number.writeUInt32BE(this.#sequence++, ivBytes - 4)
    return Buffer.from(this.#iv.map((byte, at) => byte ^ (number[at] ?? 0)))
  }

  #expand(label: string, bytes: number): Buffer {
    const info = Buffer.from(`\0${String.fromCharCode(bytes, 6 + label.length)}tls13 ${label}\0\x01`, 'latin1')
    return createHmac(this.#suite.hash, this.#secret).update(info).digest().subarray(0, bytes)
  }
}
