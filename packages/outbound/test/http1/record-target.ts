import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { type Job, TurnBatch } from '@mtls-gateway/event-loop'
import { createCa } from '@mtls-gateway/test-kit'
import { createConnector } from '../../src/connect/connection-attempt.ts'
import type { AccountLoop } from '../../src/connect/event-loop-shares.ts'
import type { AnswerHandler, Exchange } from '../../src/http1/exchange.ts'
import { Rounds } from '../../src/http1/rounds.ts'
import { TargetPool } from '../../src/http1/target-pool.ts'
import { deploymentTrust } from '../../src/identities/target-trust.ts'
import { TlsContext } from '../../src/identities/tls-contexts.ts'
import { AddressLookup, TargetGuard, TransportError } from '../../src/index.ts'
import { startTargetProxy, type TargetProxy, type ThroughProxy } from '../support/target-proxy.ts'

/** What a TLS server sends is collected, so that many records go out in one piece. */
export class Collected extends Duplex {
  readonly #tcp: Socket
  #records: Buffer[] | undefined

  constructor(tcp: Socket) {
    super()
    this.#tcp = tcp
    tcp.on('data', (bytes) => this.push(bytes)).on('error', () => {})
    tcp.on('close', () => this.destroy())
  }

  collect(): void {
    this.#records = []
  }

  /** @param isLast the connection ends with them */
  send(isLast = false): void {
    const records = Buffer.concat(this.#records ?? [])
    this.#records = undefined
    if (isLast) this.#tcp.end(records)
    else this.#tcp.write(records)
  }

  override _read(): void {}

  override _write(bytes: Buffer, _: string, done: () => void): void {
    if (this.#records === undefined) this.#tcp.write(bytes, () => done())
    else {
      this.#records.push(bytes)
      done()
    }
  }

  override _final(done: () => void): void {
    done()
  }
}

export const write = (tls: TLSSocket, text: string | Buffer) =>
  new Promise<void>((done) => tls.write(text, () => done()))

/** One record each. */
export async function writeBytes(tls: TLSSocket, text: string): Promise<void> {
  for (const byte of text) await write(tls, byte)
}

/** An answer while it comes. */
export class Answer implements AnswerHandler {
  readonly #over = Promise.withResolvers<void>()
  exchange: Exchange | undefined
  readonly pieces: Buffer[] = []
  error: Error | undefined
  isOver = false

  get over(): Promise<void> {
    return this.#over.promise
  }

  get body(): string {
    return Buffer.concat(this.pieces).toString()
  }

  onStart(exchange: Exchange): void {
    this.exchange = exchange
  }
  onInformation(): void {}
  onHead(): void {}
  onData(piece: Buffer): void {
    this.pieces.push(piece)
  }
  onEnd(): void {
    this.isOver = true
    this.#over.resolve()
  }
  onError(error: Error): void {
    this.error = error
    this.isOver = true
    this.#over.resolve()
  }
}

/** A TLS server that decides which records go out in one piece, and pools of connections to it. */
export class RecordTarget {
  /** Answers the request on a connection. */
  onRequest: (tls: TLSSocket, wire: Collected) => Promise<void> | void = () => {}
  readonly #server: Server
  readonly #ca: string
  /** The proxy through which it is called. */
  readonly #proxy: TargetProxy | undefined
  readonly #pools: TargetPool[] = []

  private constructor(secureContext: SecureContext, ca: string, proxy: TargetProxy | undefined) {
    this.#ca = ca
    this.#proxy = proxy
    this.#server = createServer((tcp) => {
      const wire = new Collected(tcp)
      const tls = new TLSSocket(wire, { isServer: true, secureContext })
      tls.on('error', () => {}).once('data', () => void this.onRequest(tls, wire))
    }).listen(0, '127.0.0.1')
  }

  static async start({ throughProxy = false }: { throughProxy?: ThroughProxy } = {}): Promise<RecordTarget> {
    const issuer = await createCa()
    const identity = await issuer.issue({ commonName: '127.0.0.1', ipAddresses: ['127.0.0.1'] })
    const secureContext = createSecureContext({ key: identity.privateKey, cert: identity.certificate })
    const proxy = await startTargetProxy(throughProxy, issuer.certificate, identity)
    const target = new RecordTarget(secureContext, issuer.certificate, proxy)
    await once(target.#server, 'listening')
    return target
  }

  pool(loop?: AccountLoop, bodyTimeoutMs = 60_000): TargetPool {
    const { port } = this.#server.address() as AddressInfo // it listens on TCP
    const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8'], ports: 'any' })
    const lookup = new AddressLookup({ guard }).of('target')
    const proxy = this.#proxy?.egress
    const connect = createConnector({
      guard,
      lookup,
      egress: proxy && { proxy: () => proxy, lookup },
      context: new TlsContext({}, deploymentTrust([this.#ca])),
      identity: {},
      connectTimeoutMs: 60_000,
      handshakeTimeoutMs: 60_000,
      loop: undefined,
    })
    const limits = { connectionsPerTarget: 1, headersTimeoutMs: 60_000, bodyTimeoutMs, keepAliveTimeoutMs: 60_000 }
    const rounds = new Rounds(Math.min(bodyTimeoutMs, 60_000))
    const parts = { connect, owner: 'acme', limits, rounds, turnBatch: new TurnBatch(), loop }
    const pool = new TargetPool(`https://127.0.0.1:${port}`, parts)
    this.#pools.push(pool)
    return pool
  }

  call(answer = new Answer(), loop?: AccountLoop, bodyTimeoutMs?: number): Answer {
    this.pool(loop, bodyTimeoutMs).send({ method: 'GET', path: '/', headers: [], body: null }, answer)
    return answer
  }

  /** Ends what a test has left. */
  async reset(): Promise<void> {
    await Promise.all(this.#pools.splice(0).map((pool) => pool.destroy(new TransportError('SHUTTING_DOWN'))))
  }

  async close(): Promise<void> {
    this.#server.close()
    await this.#proxy?.proxy.close()
  }
}

/** Where accounts share the event loop, which has time for all. */
export function loopThat(does: Partial<AccountLoop>): AccountLoop {
  const opening = { open: (job: Job) => job.onTurn(), countFailed: () => {} }
  const loop = { spend: () => true, isTooMuch: () => false, lineUp: (job: Job) => job.onTurn(), leave: () => {} }
  const handshake = () => ({ release() {}, shrinkTo() {}, charge() {} })
  return { ...opening, ...loop, handshake, refusal: () => new Error('refused'), ...does }
}

export const body = Array.from({ length: 3_000 }, (_, at) => at.toString(36)).join('')

/** In one piece. @param missing bytes that are announced and never come: the connection ends instead */
export async function answerInBytes(tls: TLSSocket, wire: Collected, { missing = 0 } = {}): Promise<void> {
  wire.collect()
  await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length + missing}\r\n\r\n`)
  await writeBytes(tls, body)
  wire.send(missing > 0)
}
