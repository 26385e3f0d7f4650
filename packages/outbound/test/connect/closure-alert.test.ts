import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Exchange } from '../../src/index.ts'
import { HeldCall, type Reactions } from '../http1/held-call.ts'
import { RawTarget, until } from '../http1/raw-target.ts'
import { listenTcp, type TcpListener } from '../support/outbound-fixture.ts'

const head = 'HTTP/1.1 200 OK\r\n\r\n'
const readLater = (exchange: Exchange) => {
  exchange.pause()
  setTimeout(() => exchange.resume(), 20)
}
const cut = { code: 'MALFORMED_RESPONSE', message: expect.stringContaining('closure alert') }

describe.each([
  ['TLSv1.2', 'directly', false],
  ['TLSv1.3', 'directly', false],
  ['TLSv1.2', 'through a proxy', true],
  ['TLSv1.3', 'through a proxy', true],
  ['TLSv1.2', 'through a proxy over TLS', 'over TLS'],
  ['TLSv1.3', 'through a proxy over TLS', 'over TLS'],
] as const)('an answer that goes on until its connection ends, by %s, %s', (maxVersion, _, throughProxy) => {
  let target: RawTarget
  let relay: TcpListener
  /**
   * The relay passes bytes on, or holds them until the target ends, or closes the connection after the first of
   * them.
   */
  let how: 'passes' | 'holds' | 'cuts'
  let cutNow: () => void

  beforeAll(async () => {
    target = await RawTarget.start({ maxVersion, throughProxy })
    relay = await listenTcp((socket) => passOn(socket))
  })
  beforeEach(() => {
    how = 'passes'
  })
  afterEach(() => target.reset())
  afterAll(async () => {
    await target.close()
    await relay.close()
  })

  function passOn(socket: Socket): void {
    const upstream = connect(target.port, '127.0.0.1').on('error', () => {})
    const held: Buffer[] = []
    cutNow = () => socket.end()
    socket.on('data', (bytes) => upstream.write(bytes)).on('close', () => upstream.destroy())
    upstream.on('data', (bytes: Buffer) => {
      if (how === 'holds') held.push(bytes)
      else if (how === 'cuts') socket.end(bytes)
      else socket.write(bytes)
    })
    upstream.on('end', () => socket.end(Buffer.concat(held)))
  }

  const ask = (reactions: Reactions = {}) => {
    const pool = target.pool({}, (hostname, _, done) => target.connect(hostname, relay.port, done))
    return HeldCall.send(pool, '/', reactions)
  }
  const bodies = ['', 'x', 'x'.repeat(500_000)]

  it.each(bodies)('is whole where the target says so (%#)', async (body) => {
    target.onPiece = ({ socket }) => void socket.end(head + body)
    expect(await ask().outcome()).toBe(body)
  })

  it.each(bodies)('is whole where it all comes in one piece (%#)', async (body) => {
    target.onPiece = ({ socket }) => {
      how = 'holds'
      socket.end(head + body)
    }
    expect(await ask().outcome()).toBe(body)
  })

  it.each(bodies)('is whole where its caller reads it late (%#)', async (body) => {
    target.onPiece = ({ socket }) => {
      how = 'holds'
      socket.end(head + body)
    }
    expect(await ask({ onHead: readLater, onData: readLater }).outcome()).toBe(body)
  })

  it.each(['x', 'x'.repeat(500_000)])('is broken off where it ends by TCP alone (%#)', async (body) => {
    target.onPiece = ({ socket }) => void socket.write(head + body)
    const call = ask()
    await until(() => call.told.includes('onData'))
    cutNow()
    expect(await call.outcome()).toMatchObject(cut)
    expect(call.told).not.toContain('onEnd')
  })

  it.each([false, true])('is broken off where it ends by TCP with its first bytes; read late: %s', async (isLate) => {
    target.onPiece = ({ socket }) => {
      how = 'cuts'
      socket.write(`${head}x`)
    }
    const call = ask(isLate ? { onHead: readLater } : {})
    expect(await call.outcome()).toMatchObject(cut)
  })
})

describe('an answer that says its end', () => {
  it.each([
    ['by a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['by its last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
  ])('is whole %s, and is broken off at every other place', async (_, text) => {
    const target = await RawTarget.start()
    const start = text.indexOf('\r\n\r\n') + 4
    for (let at = start; at <= text.length; at++) {
      target.onPiece = ({ socket }) => void socket.end(text.slice(0, at))
      const outcome = await HeldCall.send(target.pool(), '/').outcome()
      if (at === text.length) expect(outcome).toBe('ok')
      else expect(outcome).toMatchObject({ code: 'SOCKET_CLOSED' })
    }
    await target.close()
  })
})
