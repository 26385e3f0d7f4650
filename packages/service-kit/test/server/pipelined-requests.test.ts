import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { mostUnanswered } from '../../src/server/bounded-reading.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

interface Call {
  readonly path: string
  readonly response: ServerResponse
}

let service: TestService
let calls: Call[]
let onCall: (call: Call) => void

beforeAll(async () => {
  service = await startTestService({
    claim: (request: IncomingMessage, response: ServerResponse) => {
      const call = { path: request.url ?? '', response }
      calls.push(call)
      onCall(call)
      return true
    },
  })
})
beforeEach(() => {
  calls = []
  onCall = () => {}
})
afterAll(() => service.stop())

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const many = (count: number) => Array.from({ length: count }, (_, index) => get(`/${index}`)).join('')
const paths = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`)
const answers = (text: string) => text.match(/answer to \/\d+/g)?.map((answer) => answer.slice(10))
const answer = ({ path, response }: Call) => response.end(`answer to ${path}`)

async function called(count: number): Promise<void> {
  while (calls.length < count) await new Promise(setImmediate)
}

describe('requests that come without waiting for answers', () => {
  it('are carried out at the same time, and answered in order', async () => {
    const connection = new RawConnection(service.url).send(many(10))
    await called(10)
    // The last one first.
    for (const call of calls.toReversed()) answer(call)
    await connection.until('answer to /9')
    expect(answers(connection.text)).toEqual(paths(10))
    // The connection goes on.
    onCall = answer
    connection.send(get('/10'))
    await connection.until('answer to /10')
    connection.socket.destroy()
  })

  it('are answered as far as they may come, and nothing is carried out beyond', async () => {
    const connection = new RawConnection(service.url).send(many(2_400))
    await called(mostUnanswered)
    const lines = service.lines.length
    for (const call of calls) answer(call)
    await connection.closed
    expect(answers(connection.text)).toEqual(paths(mostUnanswered))
    expect(calls.map(({ path }) => path)).toEqual(paths(mostUnanswered))
    // No status, no problem, for what was cut.
    expect(connection.text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(Array(mostUnanswered).fill('HTTP/1.1 200'))
    expect(service.lines.length - lines).toBe(mostUnanswered)
  })

  it('are read for 1 MiB beyond that, and the connection ends even where its caller does not close it', async () => {
    const connection = new RawConnection(service.url).send(many(100_000))
    await called(mostUnanswered)
    const [call] = calls as [Call]
    const { socket } = call.response.req
    while (socket.bytesRead < 1_048_576) await new Promise(setImmediate)
    for (let ticks = 0; ticks < 20; ticks++) await new Promise(setImmediate)
    // 3.5 MB are waiting.
    expect(socket.bytesRead).toBeLessThanOrEqual(1_048_576 + 3 * 65_536)
    for (const each of calls) answer(each)
    await connection.until('answer to /15')
    if (!socket.destroyed) await once(socket, 'close')
    expect(calls.length).toBe(mostUnanswered)
  })

  it('end when their caller leaves, though more of them came than are carried out', async () => {
    const ended: string[] = []
    onCall = ({ path, response }) => response.once('close', () => ended.push(path))
    const connection = new RawConnection(service.url).send(many(2_400))
    await called(mostUnanswered)
    connection.socket.resetAndDestroy()
    while (ended.length < mostUnanswered) await new Promise(setImmediate)
    expect(ended.toSorted()).toEqual(paths(mostUnanswered).toSorted())
  })

  it('are as few where each is answered at once', async () => {
    onCall = answer
    const connection = new RawConnection(service.url).send(many(2_400))
    await connection.closed
    expect(answers(connection.text)).toEqual(paths(calls.length))
    expect(calls.length).toBeLessThanOrEqual(mostUnanswered)
  })

  it('get one answer where each of them is refused for its head', async () => {
    const unclaimed = await startTestService()
    const connection = new RawConnection(unclaimed.url).send('GET / HTTP/1.1\r\n\r\n'.repeat(2_400))
    await connection.closed
    expect(connection.text.match(/HTTP\/1\.1 400/g)?.length).toBe(1)
    await unclaimed.stop()
  })

  it('go on where each read of them is within the limit', async () => {
    onCall = answer
    const connection = new RawConnection(service.url)
    for (let sent = 0; sent < 10; sent++) {
      connection.send(many(10))
      await called((sent + 1) * 10)
    }
    const whole = () => answers(connection.text)?.length === 100
    while (!whole()) await new Promise(setImmediate)
    expect(answers(connection.text)).toEqual(Array.from({ length: 10 }, () => paths(10)).flat())
    connection.socket.destroy()
  })

  it('are not carried out when their connection has gone', async () => {
    const connection = new RawConnection(service.url)
    let wasClosed: number | undefined
    onCall = ({ response }) => {
      response.once('close', () => (wasClosed ??= calls.length))
      if (calls.length === 3) response.req.socket.destroy()
    }
    connection.send(many(10))
    await connection.closed
    while (wasClosed === undefined) await new Promise(setImmediate)
    for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate)
    expect(calls.length).toBe(3)
  })

  it('have bodies', async () => {
    onCall = ({ path, response }) => {
      let body = ''
      response.req.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.req.on('end', () => response.end(`answer to ${path} ${body};`))
    }
    const posts = paths(10).map((path) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nb${path}-`)
    const connection = new RawConnection(service.url).send(posts.join(''))
    await connection.until('answer to /9 b/9-;')
    expect(connection.text.match(/answer to [^;]+;/g)).toEqual(paths(10).map((path) => `answer to ${path} b${path}-;`))
    connection.socket.destroy()
  })
})
