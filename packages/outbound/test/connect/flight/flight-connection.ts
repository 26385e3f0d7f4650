import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { TargetFlight } from '../../../src/connect/flight/target-flight.ts'

export interface FlightOutcome {
  /** The socket, where the handshake succeeded. */
  readonly tls: TLSSocket | undefined
  readonly error: (Error & { code?: string }) | undefined
  /** The pieces that OpenSSL was given. */
  readonly handedOn: readonly Buffer[]
  /** What came, and which lines of `keylog` came after how many pieces. */
  readonly received: Buffer
  readonly keys: readonly { readonly line: Buffer; readonly after: number }[]
  close(): void
}

export interface FlightOptions extends ConnectionOptions {
  /** What stands between the target and the flight. */
  readonly onPath?: (bytes: Buffer) => readonly Buffer[]
}

/** A handshake with the target on this port, in which OpenSSL is only given what {@link TargetFlight} hands on. */
export async function connectByFlight(port: number, options: FlightOptions = {}): Promise<FlightOutcome> {
  const { onPath = (bytes) => [bytes], ...tlsOptions } = options
  const tcp = connectTcp(port, '127.0.0.1')
  await once(tcp, 'connect')
  const flight = new TargetFlight()
  const handedOn: Buffer[] = []
  const received: Buffer[] = []
  const keys: { line: Buffer; after: number }[] = []
  let hasFailed = false
  const duplex = new FlightDuplex(tcp, (bytes) => {
    for (const part of onPath(bytes)) {
      if (hasFailed) return
      received.push(part)
      flight.add(part)
      for (let piece = flight.next(); piece !== undefined; piece = flight.next()) {
        handedOn.push(piece)
        duplex.push(piece)
      }
    }
  })
  const tls = connectTls({ rejectUnauthorized: false, servername: 'localhost', ...tlsOptions, socket: duplex })
  tls.on('error', () => {
    hasFailed = true
  })
  tls.on('keylog', (line) => {
    keys.push({ line, after: handedOn.length })
    flight.onKeys(line)
  })
  const error = await new Promise<Error | undefined>((resolve) => {
    tls.once('error', resolve).once('secureConnect', () => resolve(undefined))
  })
  const close = () => {
    tls.destroy()
    duplex.destroy()
  }
  if (error !== undefined) close()
  return { tls: error === undefined ? tls : undefined, error, handedOn, received: Buffer.concat(received), keys, close }
}

class FlightDuplex extends Duplex {
  readonly #tcp: Socket

  constructor(tcp: Socket, onBytes: (bytes: Buffer) => void) {
    super()
    this.#tcp = tcp
    tcp.on('error', (error) => this.destroy(error))
    tcp.on('end', () => this.push(null))
    tcp.on('data', (bytes) => {
      try {
        onBytes(bytes)
      } catch (error) {
        this.destroy(error as Error)
      }
    })
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#tcp.write(bytes, callback)
  }

  override _final(callback: () => void): void {
    this.#tcp.end(callback)
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#tcp.destroy()
    callback(error)
  }
}
