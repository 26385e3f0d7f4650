import { connect, type Socket } from 'node:net'
import type { SecureVersion, TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { listenTcp, type TcpListener } from '../support/outbound-fixture.ts'
import { HeldCall } from './held-call.ts'
import { answer, RawTarget, until } from './raw-target.ts'

/** What a target may do with a connection that it has just accepted. */
const unasked: readonly [what: string, act: (socket: TLSSocket) => void, code: string][] = [
  ['ends a connection', (socket) => socket.end(), 'SOCKET_CLOSED'],
  ['writes on a connection', (socket) => socket.write(answer('unasked')), 'MALFORMED_RESPONSE'],
  ['writes on a connection and ends it', (socket) => socket.end(answer('unasked')), 'MALFORMED_RESPONSE'],
]

/** So many that it goes on without an end. */
const endless = 40

describe('a target that acts before it is asked', () => {
  let target: RawTarget
  let relay: TcpListener

  afterEach(async () => {
    await target.close()
    await relay.close()
  })

  /** What five calls over the relay come to. */
  async function fiveCalls(maxVersion: SecureVersion, act: typeof target.onConnection, passOn: PassOn) {
    target = await RawTarget.start({ maxVersion })
    target.onConnection = act
    relay = await listenTcp((socket) => passOn(socket, target.port))
    const pool = target.pool({ connectionsPerTarget: 2 }, (hostname, _, done) =>
      target.connect(hostname, relay.port, done),
    )
    const calls = Array.from({ length: 5 }, (_, n) => HeldCall.send(pool, `/${n}`, {}, { method: 'POST' }))
    await until(() => calls.every((call) => call.isOver) || relay.connections > endless)
    expect(relay.connections).toBeLessThanOrEqual(2 * calls.length)
    return Promise.all(calls.map((call) => call.outcome()))
  }

  it.each(unasked)(
    'fails each call after two handshakes where it %s in one piece with its last flight',
    async (...how) => {
      const [, act, code] = how
      const outcomes = await fiveCalls('TLSv1.2', act, passOnInOnePiece)
      expect(outcomes).toEqual(Array(5).fill(expect.objectContaining({ code })))
      expect(relay.connections).toBe(10)
    },
  )

  it.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])(
    'fails each call after two handshakes at most where it ends a connection, by %s',
    async (version) => {
      const outcomes = await fiveCalls(version, (socket) => socket.end(), passOn)
      for (const outcome of outcomes) expect(outcome).toBeInstanceOf(Error)
    },
  )
})

describe('a call whose first connection ends before it is sent', () => {
  it('goes out on the next one', async () => {
    const target = await RawTarget.start({ maxVersion: 'TLSv1.2' })
    target.onConnection = (socket) => {
      if (target.sides.length === 1) socket.end()
    }
    const relay = await listenTcp((socket) => {
      const pass = relay.connections === 1 ? passOnInOnePiece : passOn
      pass(socket, target.port)
    })
    const pool = target.pool({}, (hostname, _, done) => target.connect(hostname, relay.port, done))
    expect(await HeldCall.send(pool, '/a', {}, { method: 'POST' }).outcome()).toBe('/a')
    expect(relay.connections).toBe(2)
    await target.close()
    await relay.close()
  })
})

describe('a call that is to go out on a connection of its own', () => {
  let target: RawTarget

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  const onNew = (pool: ReturnType<RawTarget['pool']>, path: string) => {
    const call = new HeldCall()
    pool.send({ path, method: 'GET', headers: [], body: null }, call, true)
    return call
  }

  /** Two calls, each on a connection of its own, which is idle afterwards. */
  const leaveTwoIdle = async (pool: ReturnType<RawTarget['pool']>) => {
    target.onPiece = () => {
      if (target.paths.flat().length === 2) for (const { socket } of target.sides) socket.write(answer('x'))
    }
    await Promise.all(['/a', '/b'].map((path) => HeldCall.send(pool, path).answer))
    target.onPiece = ({ socket }) => void socket.write(answer('new'))
  }

  it('does, though others are idle', async () => {
    const pool = target.pool({ connectionsPerTarget: 9 })
    await leaveTwoIdle(pool)
    expect(await onNew(pool, '/c').outcome()).toBe('new')
    expect(target.paths.toSorted()).toEqual([['/a'], ['/b'], ['/c']])
  })

  it('takes the place of one that is idle where there may be no more', async () => {
    const pool = target.pool({ connectionsPerTarget: 2 })
    await leaveTwoIdle(pool)
    expect(await onNew(pool, '/c').outcome()).toBe('new')
    expect(target.paths.toSorted()).toEqual([['/a'], ['/b'], ['/c']])
    expect(pool.counts()).toMatchObject({ connections: 2, running: 0 })
  })

  it('waits for one that is busy where there may be no more, and nobody else waits for its sake', async () => {
    target.onPiece = () => {}
    const pool = target.pool()
    const running = HeldCall.send(pool, '/running')
    await until(() => target.paths.flat().length === 1)
    const calls = [onNew(pool, '/new'), HeldCall.send(pool, '/next')]
    expect(pool.counts()).toEqual({ connections: 1, running: 1, queued: 2 })
    target.onPiece = ({ socket }) => void socket.write(answer('x'))
    target.sides[0]?.socket.write(answer('x'))
    for (const call of [running, ...calls]) expect(await call.outcome()).toBe('x')
    expect(pool.counts()).toEqual({ connections: 1, running: 0, queued: 0 })
  })

  it('ends with its pool while it waits', async () => {
    target.onPiece = () => {}
    const pool = target.pool()
    HeldCall.send(pool, '/running')
    const waiting = onNew(pool, '/new')
    const left = onNew(pool, '/left')
    left.exchange.abort(new Error('left'))
    expect(pool.counts().queued).toBe(2)
    const ended = new Error('ended')
    await pool.destroy(ended)
    expect(await waiting.outcome()).toBe(ended)
  })
})

type PassOn = (socket: Socket, port: number) => void

/** A relay. */
function passOn(socket: Socket, port: number, fromTarget = (bytes: Buffer) => void socket.write(bytes)): void {
  const upstream = connect(port, '127.0.0.1').on('error', () => {})
  upstream.on('data', fromTarget).on('close', () => socket.destroySoon())
  socket.on('data', (bytes) => upstream.write(bytes)).on('close', () => upstream.destroy())
}

const alert = 21
const applicationData = 23

/**
 * A relay that holds the last flight of a TLS 1.2 handshake (it begins with a ChangeCipherSpec) until something
 * follows.
 */
function passOnInOnePiece(socket: Socket, port: number): void {
  let text = Buffer.alloc(0)
  let passed = 0
  passOn(socket, port, (bytes) => {
    text = Buffer.concat([text, bytes])
    const types = recordTypes(text)
    if (types.includes(changeCipherSpec) && !types.includes(alert) && !types.includes(applicationData)) return
    socket.write(text.subarray(passed))
    passed = text.length
  })
}

const changeCipherSpec = 20

/** The types of the records that have come whole (RFC 5246 section 6.2.1). */
function recordTypes(bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes.readUInt8(at))
  return types
}
