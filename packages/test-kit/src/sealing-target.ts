import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'

/** In bytes, for each key of TLS_AES_256_GCM_SHA384. */
const sizes = { key: 32, iv: 12, 'traffic upd': 48 }

/** The longest padding of a record without content. */
export const longestPadding = 16_384

/** HKDF-Expand-Label with an empty context (RFC 8446 section 7.1). */
function expand(secret: Buffer, label: string, bytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.from([0, bytes, name.length, ...name, 0, 1])
  return createHmac('sha384', secret).update(info).digest().subarray(0, bytes)
}

/** What a TLS 1.3 server sends once its handshake is over, in records that a test makes up. */
export class Sealer {
  readonly #records: readonly Buffer[]
  #secret: Buffer
  #key: Buffer
  #iv: Buffer
  #sequence = 0
  #made: Buffer[] = []

  /** @param records all that the server has sent so far */
  constructor(secret: Buffer, records: readonly Buffer[]) {
    this.#secret = secret
    this.#key = expand(secret, 'key', sizes.key)
    this.#iv = expand(secret, 'iv', sizes.iv)
    this.#records = records
    for (const record of this.#records) if (this.#opens(record)) this.#sequence += 1
  }

  /** The records made since it was last called. */
  take(): Buffer {
    const made = Buffer.concat(this.#made)
    this.#made = []
    return made
  }

  /**
   * @param type 22 handshake, 23 application data
   * @param padding zeros behind it
   */
  add(type: number, content: Buffer, padding = 0): this {
    const header = Buffer.from([23, 3, 3, 0, 0])
    header.writeUInt16BE(content.length + padding + 17, 3)
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#nonce())
    cipher.setAAD(header)
    const inner = Buffer.concat([content, Buffer.from([type]), Buffer.alloc(padding)])
    const sealed = [cipher.update(inner), cipher.final(), cipher.getAuthTag()]
    this.#made.push(header, ...sealed)
    this.#sequence += 1
    return this
  }

  tickets(count: number): this {
    const ticket = Buffer.from([4, 0, 0, 14, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0])
    for (let left = count; left > 0; left -= 800) this.add(22, Buffer.concat(Array(Math.min(left, 800)).fill(ticket)))
    return this
  }

  /** The beginning of a message that is longer: one byte in each record. */
  endlessMessage(bytes: number): this {
    const message = Buffer.alloc(bytes)
    message.set([4, 1, 0, 0])
    for (const byte of message) this.add(22, Buffer.from([byte]))
    return this
  }

  /** All padding but for the last one: more in a row are none that OpenSSL takes. */
  emptyRecords(): this {
    for (let n = 0; n < 31; n++) this.add(23, Buffer.alloc(0), longestPadding)
    return this.add(23, Buffer.from('x'))
  }

  keyUpdates(count: number): this {
    for (let n = 0; n < count; n++) {
      this.add(22, Buffer.from([24, 0, 0, 1, 0]))
      this.#secret = expand(this.#secret, 'traffic upd', sizes['traffic upd'])
      this.#key = expand(this.#secret, 'key', sizes.key)
      this.#iv = expand(this.#secret, 'iv', sizes.iv)
      this.#sequence = 0
    }
    return this
  }

  #nonce(): Buffer {
    const nonce = Buffer.from(this.#iv)
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence) >>> 0, 8)
    return nonce
  }

  #opens(record: Buffer): boolean {
    if (record[0] !== 23) return false
    const decipher = createDecipheriv('aes-256-gcm', this.#key, this.#nonce())
    decipher.setAAD(record.subarray(0, 5)).setAuthTag(record.subarray(-16))
    decipher.update(record.subarray(5, -16))
    try {
      decipher.final()
      return true
    } catch {
      return false
    }
  }
}

export type SealedAnswer = (sealer: Sealer, tcp: Socket) => void

export interface SealingTargetOptions {
  /** PEM. */
  readonly identity: { readonly key: string; readonly cert: string }
  /** Any by default. */
  readonly port?: number
  /** Told of the first request on each connection: what it writes goes out as it is. */
  readonly onRequest: SealedAnswer
}

/** A TLS 1.3 server that answers with records of a test's own making. */
export class SealingTarget {
  /** `https://localhost:PORT` */
  readonly url: string
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`
  }

  static async start({ identity, port = 0, onRequest }: SealingTargetOptions): Promise<SealingTarget> {
    const secureContext = createSecureContext({ ...identity, minVersion: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384' })
    const server = createServer((tcp) => serve(tcp, secureContext, onRequest)).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new SealingTarget(server)
  }

  close(): void {
    this.#server.close()
  }
}

function serve(tcp: Socket, secureContext: SecureContext, onRequest: SealedAnswer): void {
  const records: Buffer[] = []
  let rest = Buffer.alloc(0)
  let secret: Buffer | undefined
  // The server's own tickets may come behind the first request: what they would be sealed with is used by then.
  let isSealing = false
  const wire = new Duplex({
    read() {},
    write(bytes: Buffer, _, done) {
      if (isSealing) return done()
      rest = Buffer.concat([rest, bytes])
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
        const length = 5 + rest.readUInt16BE(3)
        records.push(rest.subarray(0, length))
        rest = rest.subarray(length)
      }
      tcp.write(bytes, () => done())
    },
  })
  tcp.on('data', (bytes) => wire.push(bytes)).on('error', () => {})
  tcp.on('close', () => wire.destroy())
  const tls = new TLSSocket(wire, { isServer: true, secureContext })
  tls.on('error', () => {})
  tls.on('keylog', (line) => {
    const [label, , hex = ''] = line.toString().trim().split(' ')
    if (label === 'SERVER_TRAFFIC_SECRET_0') secret = Buffer.from(hex, 'hex')
  })
  tls.once('data', () => {
    if (secret === undefined) return
    isSealing = true
    onRequest(new Sealer(secret, records), tcp)
  })
}
