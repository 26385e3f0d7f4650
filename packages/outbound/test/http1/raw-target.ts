import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { TurnBatch } from '@mtls-gateway/event-loop'
import { type ConnectProxy, createCa } from '@mtls-gateway/test-kit'
import { AddressLookup } from '../../src/addresses/address-lookup.ts'
import { type Connect, createConnector } from '../../src/connect/connection-attempt.ts'
import type { PoolLimits } from '../../src/connect/connection-settings.ts'
import { Rounds } from '../../src/http1/rounds.ts'
import { TargetPool } from '../../src/http1/target-pool.ts'
import { deploymentTrust } from '../../src/identities/target-trust.ts'
import { TlsContext } from '../../src/identities/tls-contexts.ts'
import { TargetGuard, TransportError } from '../../src/index.ts'
import { startTargetProxy, type TargetProxy, type ThroughProxy } from '../support/target-proxy.ts'

/** A connection as the target sees it. */
export interface TargetSide {
  readonly socket: TLSSocket
  /** Everything that came on it, one byte a character. */
  received: string
  isClosed: boolean
}

/** What the target writes on a connection, told of each piece that comes: a request without a body is one. */
export type OnPiece = (side: TargetSide, piece: string) => void

/** An answer that says nothing of its connection. */
export const answer = (body: string, ...lines: readonly string[]) =>
  ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...lines, '', body].join('\r\n')

/** The path of a request that begins with this. */
export const pathOf = (request: string) => request.split(' ')[1] ?? ''

const slow = 60_000

/** A bare TLS server, and pools of connections to it. */
export class RawTarget {
  /** In the order in which they came. */
  readonly sides: TargetSide[] = []
  /** Its path is what a request is answered with, unless a test says otherwise. */
  onPiece: OnPiece = ({ socket }, piece) => void socket.write(answer(pathOf(piece)))
  /** What the target does with a connection before anything comes on it. */
  onConnection: (socket: TLSSocket) => void = () => {}
  readonly port: number
  /** Real connections to it. */
  readonly connect: Connect
  readonly #server: ReturnType<typeof createServer>
  readonly #proxy: ConnectProxy | undefined
  readonly #pools: TargetPool[] = []

  private constructor(server: ReturnType<typeof createServer>, ca: string, through: TargetProxy | undefined) {
    this.#server = server
    this.#proxy = through?.proxy
    this.port = (server.address() as AddressInfo).port // it listens on TCP
    const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8'], ports: 'any' })
    const lookup = new AddressLookup({ guard }).of('target')
    this.connect = createConnector({
      guard,
      lookup,
      egress: through && { proxy: () => through.egress, lookup },
      context: new TlsContext({}, deploymentTrust([ca])),
      identity: {},
      connectTimeoutMs: slow,
      handshakeTimeoutMs: slow,
      loop: undefined,
    })
    server.on('secureConnection', (socket) => this.#serve(socket))
  }

  static async start({
    throughProxy = false,
    ...options
  }: Pick<TlsOptions, 'maxVersion'> & { throughProxy?: ThroughProxy } = {}): Promise<RawTarget> {
    const ca = await createCa()
    const identity = await ca.issue({ commonName: '127.0.0.1', ipAddresses: ['127.0.0.1'] })
    const { privateKey, certificate } = identity
    const server = createServer({ key: privateKey, cert: certificate, ...options }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new RawTarget(server, ca.certificate, await startTargetProxy(throughProxy, ca.certificate, identity))
  }

  /** Paths of the requests on each connection. */
  get paths(): string[][] {
    return this.sides.map(({ received }) =>
      [...received.matchAll(/^\w+ (\S+) HTTP\/1\.1\r$/gm)].map(([, path]) => `${path}`),
    )
  }

  pool(limits: Partial<PoolLimits> = {}, connect = this.connect): TargetPool {
    const all = {
      connectionsPerTarget: 1,
      headersTimeoutMs: slow,
      bodyTimeoutMs: slow,
      keepAliveTimeoutMs: slow,
      ...limits,
    }
    const shortest = Math.min(all.headersTimeoutMs, all.bodyTimeoutMs, all.keepAliveTimeoutMs)
    const parts = {
      connect,
      limits: all,
      rounds: new Rounds(shortest),
      turnBatch: new TurnBatch(),
      owner: 'acme',
      loop: undefined,
    }
    const pool = new TargetPool(`https://127.0.0.1:${this.port}`, parts)
    this.#pools.push(pool)
    return pool
  }

  /** Connections of which a test is told, once they are a pool's or just before that. */
  watched(when: 'before' | 'after', onSocket: (socket: TLSSocket) => void): Connect {
    return (hostname, port, done) =>
      this.connect(hostname, port, (error, socket) => {
        if (socket !== null && when === 'before') onSocket(socket)
        done(error, socket)
        if (socket !== null && when === 'after') onSocket(socket)
      })
  }

  /** Ends what a test has left, and forgets it. */
  async reset(): Promise<void> {
    await Promise.all(this.#pools.splice(0).map((pool) => pool.destroy(new TransportError('SHUTTING_DOWN'))))
    for (const { socket } of this.sides.splice(0)) socket.destroy()
    this.onPiece = ({ socket }, piece) => void socket.write(answer(pathOf(piece)))
    this.onConnection = () => {}
  }

  async close(): Promise<void> {
    await this.reset()
    this.#server.close()
    await this.#proxy?.close()
  }

  #serve(socket: TLSSocket): void {
    const side: TargetSide = { socket, received: '', isClosed: false }
    this.sides.push(side)
    socket
      .on('error', () => {})
      .on('close', () => {
        side.isClosed = true
      })
    socket.on('data', (data) => {
      const piece = data.toString('latin1')
      side.received += piece
      this.onPiece(side, piece)
    })
    this.onConnection(socket)
  }
}

/** Resolves when this holds. By `Date`: a test may have stopped the other clock. */
export async function until(holds: () => boolean): Promise<void> {
  const latest = Date.now() + 30_000
  while (!holds()) {
    if (Date.now() > latest) throw new Error(`in vain: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** What is done some turns of the event loop later is done: a connection that has brought an answer is quiet then. */
export async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate()
}

export const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
