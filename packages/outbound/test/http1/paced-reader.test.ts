import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { createSecureContext, TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Job, TurnBatch } from '@mtls-gateway/event-loop'
import { createCa } from '@mtls-gateway/test-kit'
import { createConnector } from '../../src/connect/connection-attempt.ts'
import type { AccountLoop } from '../../src/connect/event-loop-shares.ts'
import { Deadlines } from '../../src/http1/deadlines.ts'
import type { AnswerHandler, Exchange } from '../../src/http1/exchange.ts'
import { TargetPool } from '../../src/http1/target-pool.ts'
import { TlsContext } from '../../src/identities/tls-contexts.ts'
import { AddressLookup, TargetGuard, TransportError } from '../../src/index.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** What a TLS server sends is collected, so that many records go out in one piece. */
class Collected extends Duplex {
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

let server: Server
let ca: string
/** Answers the request on a connection. */
let onRequest: (tls: TLSSocket, wire: Collected) => Promise<void> | void
const pools: TargetPool[] = []

beforeAll(async () => {
  const issuer = await createCa()
  const { privateKey, certificate } = await issuer.issue({ commonName: '127.0.0.1', ipAddresses: ['127.0.0.1'] })
  const secureContext = createSecureContext({ key: privateKey, cert: certificate })
  ca = issuer.certificate
  server = createServer((tcp) => {
    const wire = new Collected(tcp)
    const tls = new TLSSocket(wire, { isServer: true, secureContext })
    tls.on('error', () => {}).once('data', () => void onRequest(tls, wire))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.destroy(new TransportError('SHUTTING_DOWN')))))
afterAll(() => void server.close())

const write = (tls: TLSSocket, text: string | Buffer) => new Promise<void>((done) => tls.write(text, () => done()))

/** One record each. */
async function writeBytes(tls: TLSSocket, text: string): Promise<void> {
  for (const byte of text) await write(tls, byte)
}

/** An answer while it comes. */
class Answer implements AnswerHandler {
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

function poolOf(loop?: AccountLoop, bodyTimeoutMs = 60_000): TargetPool {
  const { port } = server.address() as { port: number }
  const limits = { connectionsPerTarget: 1, headersTimeoutMs: 60_000, bodyTimeoutMs, keepAliveTimeoutMs: 60_000 }
  const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8'], ports: 'any' })
  const connect = createConnector({
    guard,
    lookup: new AddressLookup({ guard }).of('target'),
    context: new TlsContext({}, [ca]),
    hasClientCertificate: false,
    trace: false,
    trust: undefined,
    connectTimeoutMs: 60_000,
    handshakeTimeoutMs: 60_000,
    onHandshake: undefined,
    loop: undefined,
  })
  const turnBatch = new TurnBatch()
  const pool = new TargetPool(`https://127.0.0.1:${port}`, {
    connect,
    limits,
    deadlines: new Deadlines(Math.min(bodyTimeoutMs, 60_000)),
    turnBatch,
    loop,
  })
  pools.push(pool)
  return pool
}

function call(answer = new Answer(), loop?: AccountLoop, bodyTimeoutMs?: number): Answer {
  poolOf(loop, bodyTimeoutMs).send({ method: 'GET', path: '/', headers: [], body: null }, answer)
  return answer
}

/** Where accounts share the event loop, which has time for all. */
function loopThat(does: Partial<AccountLoop>): AccountLoop {
  const loop = { spend: () => true, isTooMuch: () => false, lineUp: (job: Job) => job.onTurn(), leave: () => {} }
  const handshake = () => ({ release() {}, shrinkTo() {}, charge() {} })
  return { ...loop, handshake, refusal: () => new Error('refused'), ...does }
}

const body = Array.from({ length: 3_000 }, (_, at) => at.toString(36)).join('')

/** In one piece. @param missing bytes that are announced and never come: the connection ends instead */
async function answerInBytes(tls: TLSSocket, wire: Collected, { missing = 0 } = {}): Promise<void> {
  wire.collect()
  await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length + missing}\r\n\r\n`)
  await writeBytes(tls, body)
  wire.send(missing > 0)
}

describe('an answer in TLS records of one byte each', () => {
  it('comes whole, in few pieces', async () => {
    onRequest = (tls, wire) => answerInBytes(tls, wire)
    const answer = call()
    await answer.over
    expect(answer.error).toBeUndefined()
    expect(answer.body).toBe(body)
    expect(answer.pieces.length).toBeLessThan(body.length / 20)
  })

  it('is whole where its connection ends right behind it', async () => {
    onRequest = async (tls, wire) => {
      wire.collect()
      await write(tls, 'HTTP/1.1 200 OK\r\n\r\n')
      await writeBytes(tls, body)
      tls.end()
      // Its closure alert goes out with the rest.
      await setImmediate()
      await setImmediate()
      wire.send(true)
    }
    const answer = call()
    await answer.over
    expect(answer.error).toBeUndefined()
    expect(answer.body).toBe(body)
  })

  it('is told up to where its connection broke', async () => {
    onRequest = (tls, wire) => answerInBytes(tls, wire, { missing: 1 })
    const answer = call()
    await answer.over
    expect(answer.error).toMatchObject({ code: 'SOCKET_CLOSED' })
    expect(answer.body).toBe(body)
  })

  it('is heard no more of once its call was given up', async () => {
    onRequest = (tls, wire) => answerInBytes(tls, wire)
    const answer = new Answer()
    answer.onData = (piece) => {
      answer.pieces.push(piece)
      answer.exchange?.abort(new TransportError('CALL_ABORTED'))
    }
    call(answer)
    await answer.over
    expect(answer.error).toMatchObject({ code: 'CALL_ABORTED' })
    expect(answer.pieces.length).toBe(1)
  })
})

describe('a long answer', () => {
  const size = 8 * 1024 * 1024

  it('brings no more in one turn of the event loop than five reads', async () => {
    onRequest = async (tls) => {
      await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
      tls.write(Buffer.alloc(size))
    }
    const answer = new Answer()
    const turns: number[] = []
    let inTurn = 0
    answer.onData = (piece) => {
      if (inTurn === 0)
        void setImmediate()
          .then(
            () => void turns.push(inTurn),
            () => {},
          )
          .then(() => {
            inTurn = 0
          })
      inTurn += piece.length
    }
    call(answer)
    await answer.over
    await setImmediate()
    expect(turns.reduce((sum, bytes) => sum + bytes, 0)).toBe(size)
    expect(Math.max(...turns)).toBeLessThanOrEqual(5 * 64 * 1024)
  })
})

describe('an answer whose caller pauses again and again', () => {
  it('comes in order', async () => {
    const size = 2 * 1024 * 1024
    const numbers = Buffer.alloc(size)
    for (let at = 0; at < size; at += 4) numbers.writeUInt32BE(at, at)
    onRequest = async (tls) => {
      // A read of 16 KiB brings three of them: one that is handed on, and two that are kept.
      tls.setMaxSendFragment(5_000)
      await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
      tls.write(numbers)
    }
    const answer = new Answer()
    answer.onData = (piece) => {
      answer.pieces.push(piece)
      answer.exchange?.pause()
      void setTimeout(1).then(() => answer.exchange?.resume())
    }
    call(answer)
    await answer.over
    expect(answer.error).toBeUndefined()
    expect(Buffer.concat(answer.pieces).equals(numbers)).toBe(true)
  })
})

describe('a connection that waits for its turn', () => {
  let clock: ManualClock

  beforeEach(() => {
    clock = new ManualClock()
  })
  afterEach(() => clock.close())

  it('has no time limit meanwhile', async () => {
    onRequest = (tls, wire) => answerInBytes(tls, wire)
    const inLine: Job[] = []
    const answer = call(new Answer(), loopThat({ lineUp: (job) => void inLine.push(job) }), 500)
    while (inLine.length === 0 && !answer.isOver) await setTimeout(5)
    expect(inLine.length).toBe(1)
    clock.pass(1_200)
    // It is looked every 50 ms.
    await setTimeout(120)
    expect(answer.error).toBeUndefined()
    const given = setInterval(() => inLine.shift()?.onTurn(), 0)
    await answer.over
    clearInterval(given)
    expect(answer.error).toBeUndefined()
    expect(answer.body).toBe(body)
  })
})

describe('an answer in small records that its caller does not read', () => {
  it('is kept until it does, and nothing more of it is read', async () => {
    onRequest = async (tls, wire) => {
      await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
      wire.collect()
      await writeBytes(tls, body)
      wire.send()
    }
    const answer = new Answer()
    answer.onHead = () => answer.exchange?.pause()
    call(answer)
    await setTimeout(300)
    expect(answer.pieces.length).toBe(0)
    answer.exchange?.resume()
    await answer.over
    expect(answer.body).toBe(body)
  })
})

describe('an answer in small records that was held back while its caller paused', () => {
  it('is read no further once it has to line up', async () => {
    const inLine: Job[] = []
    const lengths: number[] = []
    const [linedUp, restSent] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    onRequest = async (tls, wire) => {
      wire.collect()
      await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
      await writeBytes(tls, body.slice(0, body.length / 2))
      wire.send()
      // Sent before, it might be read in the same turn.
      await linedUp.promise
      wire.collect()
      await writeBytes(tls, body.slice(body.length / 2))
      wire.send()
      restSent.resolve()
    }
    const answer = new Answer()
    const paused = Promise.withResolvers<void>()
    answer.onHead = () => {
      answer.exchange?.pause()
      paused.resolve()
    }
    const lineUp = (job: Job) => {
      inLine.push(job)
      lengths.push(answer.body.length)
    }
    call(answer, loopThat({ lineUp }))
    await paused.promise
    // What came with the head is kept by then.
    await setImmediate()
    answer.exchange?.resume()
    while (lengths.length === 0 && !answer.isOver) await setTimeout(5)
    linedUp.resolve()
    await restSent.promise
    await setTimeout(100)
    expect(lengths).toEqual([answer.body.length])
    expect(answer.body.length).toBeLessThan(body.length)
    const given = setInterval(() => inLine.shift()?.onTurn(), 0)
    await answer.over
    clearInterval(given)
    expect(answer.body).toBe(body)
  })
})

describe('large pieces of many connections', () => {
  it('wait for their turn where all have brought too much together', async () => {
    const inLine: Job[] = []
    const size = 100_000
    onRequest = (tls) => void tls.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`)
    let isTooMuch = true
    const loop = loopThat({ lineUp: (job) => void inLine.push(job), isTooMuch: () => isTooMuch })
    const answer = call(new Answer(), loop)
    while (inLine.length === 0 && !answer.isOver) await setTimeout(5)
    await setTimeout(50)
    expect(inLine.length).toBe(1)
    expect(answer.body.length).toBeLessThan(size)
    isTooMuch = false
    inLine[0]?.onTurn()
    await answer.over
    expect(answer.body.length).toBe(size)
  })
})

describe('what small records cost', () => {
  let clock: ManualClock

  beforeEach(() => {
    clock = new ManualClock()
  })
  afterEach(() => clock.close())

  /** @returns what is spent on an answer in records of one byte, where each piece of it takes 7 ms by the clock */
  async function spentOn(text: string): Promise<number> {
    onRequest = async (tls, wire) => {
      wire.collect()
      await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`)
      await writeBytes(tls, text)
      wire.send()
    }
    let spent = 0
    const answer = new Answer()
    answer.onData = () => clock.pass(7)
    const spend = (ms: number) => {
      spent = Math.max(spent, ms)
      return true
    }
    await call(answer, loopThat({ spend })).over
    await setImmediate()
    return spent
  }

  it('is what the clock tells', async () => {
    expect(await spentOn('x'.repeat(1_000))).toBeCloseTo(7, 3)
  })

  it('is no more than a few records can, as the processor may have been with others', async () => {
    expect(await spentOn('x'.repeat(30))).toBeLessThan(0.5)
  })
})

describe('an answer that costs too much', () => {
  it('ends with its connection, and a code that says so', async () => {
    onRequest = (tls, wire) => answerInBytes(tls, wire)
    const answer = call(new Answer(), loopThat({ spend: () => false }))
    await answer.over
    expect(answer.error).toMatchObject({ code: 'TARGET_TOO_COSTLY' })
  })
})

describe('a connection that waits for its turn when its answer ends', () => {
  const ok = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`

  const short = body.slice(0, 100)

  /** @param behind what comes right behind the answer */
  async function heldPool(behind?: string) {
    const inLine: Job[] = []
    let connections = 0
    onRequest = async (tls, wire) => {
      connections += 1
      if (connections > 1) return void tls.write(`${ok('other')}other`)
      tls.on('data', () => void tls.write(`${ok('again')}again`))
      // All of it comes with one read.
      wire.collect()
      await write(tls, ok(short))
      await writeBytes(tls, short)
      wire.send()
      if (behind !== undefined) void setTimeout(30).then(() => tls.write(ok(behind) + behind))
    }
    const pool = poolOf(loopThat({ lineUp: (job) => void inLine.push(job) }))
    const ask = (answer = new Answer()) => {
      pool.send({ method: 'GET', path: '/', headers: [], body: null }, answer)
      return answer
    }
    await ask().over
    while (inLine.length === 0) await setTimeout(1)
    const second = ask()
    await setTimeout(60)
    expect(second.isOver).toBe(false)
    inLine[0]?.onTurn()
    await second.over
    return second
  }

  it('carries the next call once it is read again', async () => {
    expect((await heldPool()).body).toBe('again')
  })

  it('carries no call where something came behind that answer', async () => {
    expect((await heldPool('forged')).body).toBe('other')
  })
})
