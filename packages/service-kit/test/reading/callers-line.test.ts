import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { OpenRequests } from '../../src/connections/open-requests.ts'
import { readerOf } from '../../src/reading/caller-reader.ts'
import { CallersLine } from '../../src/reading/callers-line.ts'
import { pipelineOf } from '../../src/reading/read-in-turns.ts'
import { ReadingMetrics } from '../../src/reading/reading-metrics.ts'
import { answerClientError } from '../../src/server/client-error.ts'
import { createServer } from '../../src/server/create-server.ts'
import { defaultLimits } from '../../src/server/server-limits.ts'
import { noProxies } from '../support/proxies.ts'

let server: Server
let registry: Registry
let callers: CallersLine
let sockets: Socket[]
let isOver: boolean
/** How many of others have been answered. */
let calls: number

beforeEach(() => {
  sockets = []
  isOver = false
  calls = 0
})
afterEach(async () => {
  isOver = true
  for (const socket of sockets) socket.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  // It may rest.
  while (!callers.line.isIdle) await setTimeout(5)
})

async function startServer(listener: RequestListener, { isSliced = false, proxies = noProxies } = {}) {
  registry = new Registry()
  const open = new OpenRequests()
  callers = new CallersLine(new ReadingMetrics(registry))
  server = createServer(undefined, { limits: defaultLimits, open, callers, proxies }, (request, response) => {
    open.enter(request, response, () => {})
    listener(request, response)
  })
  server.on('connection', (socket) => {
    if (isSliced) readerOf(socket)?.slice()
  })
  server.on('clientError', (error, socket) => {
    const context = { open, limits: defaultLimits, headers: {} }
    pipelineOf(socket as Socket)?.afterwards(() => answerClientError(error, socket as Socket, context))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
}

function newSocket(localAddress = '127.0.0.1'): Socket {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', localAddress })
  sockets.push(socket.on('error', () => {}).resume())
  return socket
}

async function linedUp(): Promise<number> {
  const metric = await registry.getSingleMetric('caller_reads_lined_up_total')?.get()
  return metric?.values[0]?.value ?? 0
}

const reading: RequestListener = (request, response) => {
  // It has ended from the start.
  if (request.method === 'GET') response.end('ok')
  else
    request
      .resume()
      .on('error', () => {})
      .on('end', () => response.end('ok'))
}
const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** Sends chunks of one byte, as fast as they are taken. */
function attack(localAddress: string): void {
  const socket = newSocket(localAddress)
  const chunks = '1\r\na\r\n'.repeat(5_000)
  const send = () => {
    if (socket.destroyed) return
    if (socket.write(chunks)) setImmediate(send)
    else socket.once('drain', send)
  }
  socket.write(head)
  socket.once('connect', send)
}

/** Another caller sends 256 KiB in chunks of 200 bytes. */
async function upload(): Promise<void> {
  const socket = newSocket()
  socket.write(`${head}${`c8\r\n${'y'.repeat(200)}\r\n`.repeat(1_300)}0\r\n\r\n`)
  await once(socket, 'data')
}

/** Others make calls all the time, so that the line rests for them. */
async function callAllTheTime(): Promise<void> {
  while (!isOver) {
    const socket = newSocket('127.0.0.2')
    socket.write(get)
    await Promise.race([once(socket, 'data'), once(socket, 'close')])
    socket.destroy()
    calls += 1
    await setTimeout(10)
  }
}

describe('a body in small pieces', () => {
  it.each([
    ['connections of one other address', 24, () => '127.0.0.9'],
    ['other addresses', 24, (index: number) => `127.0.1.${index + 1}`],
  ])('comes through beside many %s that send without an end', async (_, count, addressOf) => {
    await startServer(reading)
    const calling = callAllTheTime()
    for (let index = 0; index < count; index++) attack(addressOf(index))
    while ((await linedUp()) < 50) await setTimeout(10)
    const before = calls
    await upload()
    // By the calls of others, which get no processor either while it gets none. There are some two hundred; if turns
    // were by connection, or all of them rested, it would take more than 20 seconds, and each has more than 70 of them.
    expect(calls - before).toBeLessThan(1_000)
    isOver = true
    await calling
  })
})

describe.each([false, true])('a pipeline that was cut (in slices: %s)', (isSliced) => {
  it('takes no place in line while its answers are made', async () => {
    let answer = () => {}
    let come = 0
    await startServer(
      (_, response) => {
        come += 1
        const before = answer
        answer = () => {
          before()
          response.end('ok')
        }
      },
      { isSliced },
    )
    const socket = newSocket()
    let text = ''
    socket.on('data', (piece) => (text += piece)).write(get.repeat(400))
    while (come < 16) await setTimeout(5)
    await setTimeout(300)
    expect(await linedUp()).toBeLessThan(20)
    answer()
    await once(socket, 'close')
    expect(text.split('HTTP/1.1 200').length - 1).toBe(16)
  })

  it('shows when its caller leaves', async () => {
    let [come, closed] = [0, 0]
    const listener: RequestListener = (_, response) => {
      come += 1
      response.once('close', () => (closed += 1))
    }
    await startServer(listener, { isSliced })
    const socket = newSocket()
    socket.write(get.repeat(40))
    while (come < 16) await setTimeout(5)
    await setTimeout(200)
    socket.resetAndDestroy()
    while (closed < 16) await setTimeout(10)
    expect(closed).toBe(16)
  })
})

describe('requests with hundreds of fields', () => {
  it('have their connection wait for its turn', async () => {
    await startServer(reading)
    const socket = newSocket()
    const fields = Array.from({ length: 300 }, (_, index) => `x${index.toString(36)}:\r\n`).join('')
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`.repeat(12))
    while ((await linedUp()) === 0) await setTimeout(10)
  })
})
