import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type TestCa } from '@mtls-gateway/test-kit'
import { createServer, defaultLimits } from '../../src/server/create-server.ts'
import { OpenRequests } from '../../src/server/open-requests.ts'

interface Body {
  text: string
  pieces: number
  ended: 'end' | 'close' | undefined
}

let ca: TestCa
let server: Server
let bodies: Body[]

beforeAll(async () => {
  ca = await createCa()
})
beforeEach(() => {
  bodies = []
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function collect(request: IncomingMessage): Body {
  const body: Body = { text: '', pieces: 0, ended: undefined }
  bodies.push(body)
  request.on('data', (piece: Buffer) => {
    body.pieces += 1
    body.text += piece.toString('latin1')
  })
  request.on('end', () => (body.ended = 'end')).on('close', () => (body.ended ??= 'close'))
  request.on('error', () => {})
  return body
}

const answering: RequestListener = (request, response) => {
  collect(request)
  request.on('end', () => response.end(`answer to ${request.url}`))
}

async function startServer(listener: RequestListener, isTls = false): Promise<() => ReturnType<typeof connectTcp>> {
  const issued = isTls ? await ca.issue({ commonName: 'localhost' }) : undefined
  const tls = issued && { cert: issued.certificate, key: issued.privateKey }
  server = createServer(tls, { limits: defaultLimits, open: new OpenRequests() }, listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return () =>
    isTls ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connectTcp(port, '127.0.0.1')
}

const head = (path: string) => `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`
const inChunks = (text: string) => `${[...text].map((one) => `1\r\n${one}\r\n`).join('')}0\r\n\r\n`
const long = 'abcdefghij'.repeat(5_000)

async function received(socket: ReturnType<typeof connectTcp>, part: string): Promise<string> {
  let text = ''
  for await (const piece of socket.setEncoding('latin1')) {
    text += piece
    if (text.includes(part)) break
  }
  return text
}

describe.each([
  ['TCP', false],
  ['TLS', true],
])('a body in chunks of one byte, over %s', (_, isTls) => {
  const start = (listener: RequestListener) => startServer(listener, isTls)

  it('comes whole', async () => {
    const connect = await start(answering)
    const socket = connect()
    socket.write(head('/a') + inChunks(long))
    await received(socket, 'answer to /a')
    expect(bodies.map(({ text }) => text === long)).toEqual([true])
  })

  it('is followed by the next request on its connection', async () => {
    const connect = await start(answering)
    const socket = connect()
    const short = long.slice(0, 1_000)
    socket.write(head('/a') + inChunks(long) + head('/b') + inChunks(short))
    await received(socket, 'answer to /b')
    expect(bodies.map(({ text }) => text.length)).toEqual([long.length, short.length])
    expect(bodies.map(({ text }) => text)).toEqual([long, short])
  })

  it('ends with an error where its connection ends before it does', async () => {
    const connect = await start(answering)
    const socket = connect()
    socket.write(head('/a') + inChunks(long).slice(0, -5), () => setImmediate(() => socket.destroy()))
    while (bodies[0]?.ended === undefined) await new Promise(setImmediate)
    expect(bodies[0].ended).toBe('close')
    expect(long.startsWith(bodies[0].text)).toBe(true)
  })
})

describe('a body that nobody has read yet', () => {
  it('is kept in few pieces, however slowly small ones come', async () => {
    let request: IncomingMessage | undefined
    const connect = await startServer((incoming) => {
      request = incoming
    })
    const socket = connect()
    socket.setNoDelay(true).write(head('/a'))
    while (request === undefined) await new Promise(setImmediate)
    const text = long.slice(0, 300)
    for (const one of text) {
      const { bytesRead } = request.socket
      socket.write(`1\r\n${one}\r\n`)
      while (request.socket.bytesRead === bytesRead) await new Promise(setImmediate)
    }
    const body = collect(request)
    socket.write('0\r\n\r\n')
    while (body.ended === undefined) await new Promise(setImmediate)
    expect(body.text).toBe(text)
    expect(body.pieces).toBeLessThan(5)
  })

  it('can be read by calls as well', async () => {
    let text = ''
    const connect = await startServer((request, response) => {
      request.on('readable', () => {
        for (let piece = request.read(); piece !== null; piece = request.read()) text += piece.toString('latin1')
      })
      request.on('end', () => response.end('answer'))
    })
    const socket = connect()
    socket.write(head('/a') + inChunks(long))
    await received(socket, 'answer')
    expect(text).toBe(long)
  })
})

/** Sends pieces one after the other, each after the previous one has been read from the connection. */
async function sendSlowly(socket: ReturnType<typeof connectTcp>, pieces: readonly string[]): Promise<void> {
  socket.setNoDelay(true)
  for (const piece of pieces) {
    socket.write(piece)
    await setTimeout(10)
  }
}

const inChunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

describe('a consumer that pauses', () => {
  it.each([2, 3, 4, 6])('has all of %d small pieces once it goes on', async (count) => {
    let request: IncomingMessage | undefined
    let body: Body | undefined
    const connect = await startServer((incoming) => {
      request = incoming
      body = collect(incoming)
      incoming.once('data', () => incoming.pause())
    })
    const text = long.slice(0, count)
    const socket = connect()
    await sendSlowly(socket, [head('/a'), ...[...text].map(inChunk)])
    request?.resume()
    // It needs nothing more.
    while (body?.text !== text) await setTimeout(5)
    socket.destroy()
  })

  it.each(['chunks', 'a length'])(
    'has all of a long body with %s, whose connection was paused meanwhile',
    async (by) => {
      const pieces = ['x', 'x'.repeat(60_000), ...Array<string>(12).fill('x'.repeat(1_000))]
      const total = pieces.join('').length
      let request: IncomingMessage | undefined
      const connect = await startServer((incoming, response) => {
        request = incoming
        incoming.once('data', () => incoming.pause())
        answering(incoming, response)
      })
      const socket = connect()
      const isChunked = by === 'chunks'
      await sendSlowly(socket, [
        isChunked ? head('/a') : `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`,
        ...(isChunked ? [...pieces.map(inChunk), '0\r\n\r\n'] : pieces),
      ])
      request?.resume()
      await received(socket, 'answer to /a')
      expect(bodies[0]?.text.length).toBe(total)
    },
  )

  it.each([1, 2, 3])('has a body whole that it takes in bursts (%d)', async (seed) => {
    let state = seed
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
      return (state >> 8) % below
    }
    let text = ''
    const connect = await startServer((request, response) => {
      const slow = new Writable({
        highWaterMark: 1 + random(20_000),
        write: (piece: Buffer, _encoding, done) => {
          text += piece.toString('latin1')
          if (random(10) < 7) done()
          else void setTimeout(random(15)).then(() => done())
        },
      })
      slow.once('finish', () => response.end('answer'))
      request.on('error', () => {}).pipe(slow)
    })
    const socket = connect().setNoDelay(true)
    socket.write(head('/a'))
    let sent = ''
    for (let count = 0; count < 120; count++) {
      const size = 1 + random(random(4) === 0 ? 70_000 : random(2) === 0 ? 40 : 3_000)
      const piece = String.fromCharCode(97 + (count % 26)).repeat(size)
      sent += piece
      socket.write(inChunk(piece))
      if (random(4) === 0) await setTimeout(random(10))
    }
    socket.write('0\r\n\r\n')
    await received(socket, 'answer')
    expect(text === sent).toBe(true)
  })
})

describe.each([false, true])('a connection that Node has let go of (TLS: %s)', (isTls) => {
  it('leaves others their connections, whatever came before', async () => {
    const connect = await startServer(answering, isTls)
    const socket = connect().on('error', () => {})
    const chunks = inChunks(long.slice(0, 9_000))
    socket.write(`${head('/a')}${chunks}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`)
    await new Promise((resolve) => socket.resume().once('close', resolve))
    const other = connect()
    other.write(head('/b') + inChunks('x'))
    await received(other, 'answer to /b')
    expect(bodies.at(-1)?.text).toBe('x')
  })
})

it('a body in large pieces comes whole', async () => {
  const connect = await startServer(answering)
  const socket = connect()
  const large = Buffer.alloc(4_000_000, 'abcdefg')
  socket.write(`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n`)
  socket.write(large)
  await received(socket, 'answer to /a')
  expect(bodies[0]?.text === large.toString('latin1')).toBe(true)
})

it('lines between requests are skipped', async () => {
  const connect = await startServer(answering)
  const socket = connect()
  // RFC 9112 section 2.2.
  for (const path of ['/a', '/b']) socket.write('\r\n'.repeat(1_000) + head(path) + inChunks('x'))
  await received(socket, 'answer to /b')
  expect(bodies.map(({ text }) => text)).toEqual(['x', 'x'])
})

describe("Node's own server", () => {
  it('hands on each chunk by itself', async () => {
    server = createHttpServer(answering).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(head('/a') + inChunks(long))
    await received(socket, 'answer to /a')
    expect(bodies[0]?.pieces).toBe(long.length)
  })
})
