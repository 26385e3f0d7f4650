import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { OpenRequests } from '../../src/connections/open-requests.ts'
import { readerOf } from '../../src/reading/caller-reader.ts'
import { CallersLine } from '../../src/reading/callers-line.ts'
import { ReadingMetrics } from '../../src/reading/reading-metrics.ts'
import { createServer } from '../../src/server/create-server.ts'
import { defaultLimits } from '../../src/server/server-limits.ts'
import { noProxies } from '../support/proxies.ts'

let server: Server
let callers: CallersLine
let sockets: Socket[]
let lined: number

const spendNothing = () => {}
/** Others have used up the shared budget. */
const spendAll = () => callers.atOnce.spend(wholeTurnMs)

/** At least as much as others have sent in small pieces. */
const wholeTurnMs = 100
const requestMs = 2

function work(): void {
  const until = performance.now() + requestMs
  while (performance.now() < until);
}

beforeEach(async () => {
  sockets = []
  lined = 0
  callers = new CallersLine(new ReadingMetrics(new Registry()))
  callers.metrics.linedUp = () => {
    lined += 1
  }
  const parts = { limits: defaultLimits, open: new OpenRequests(), callers, proxies: noProxies }
  server = createServer(undefined, parts, (request, response) => {
    work()
    // Without a body it has ended from the start.
    if (request.method === 'GET') response.end('ok')
    else request.resume().on('end', () => response.end('ok'))
  })
  server.on('connection', (socket) => readerOf(socket)?.slice())
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function open(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

/** Each in a turn of which others spend as much. @returns how often it had to wait in line */
async function send(socket: Socket, text: string, times: number, spend: () => void): Promise<number> {
  const before = lined
  let isOver = false
  const each = () => {
    spend()
    if (!isOver) setImmediate(each)
  }
  setImmediate(each)
  for (let count = 0; count < times; count++) {
    socket.write(text)
    await once(socket, 'data')
  }
  isOver = true
  return lined - before
}

describe('a connection that is read in slices', () => {
  it.each([
    ['no body', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'a body that comes behind what its head takes',
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n${'x'.repeat(3_000)}`,
    ],
  ])('waits in no line where it brings requests with %s, whatever others bring', async (_, request) => {
    const socket = await open()
    let [alone, beside] = [0, 0]
    for (let round = 0; round < 5; round++) {
      alone += await send(socket, request, 10, spendNothing)
      beside += await send(socket, request, 10, spendAll)
    }
    // It does where a read takes long: once or twice, if the machine is busy, and often if it is slow.
    expect(beside - alone).toBeLessThan(25)
  })

  it('waits in line where it brings small pieces, as long as others bring much', async () => {
    const socket = await open()
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const waits = await send(
      socket,
      `${'1\r\na\r\n'.repeat(20)}0\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`,
      5,
      spendAll,
    )
    expect(waits).toBeGreaterThan(0)
  })
})
