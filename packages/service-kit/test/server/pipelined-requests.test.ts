import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { mostUnanswered } from '../../src/server/open-requests.ts'
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
const answerLater = (call: Call) => void setImmediate(answer, call)

async function called(count: number): Promise<void> {
  while (calls.length < count) await new Promise(setImmediate)
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise(setImmediate)
}

describe('requests that come without waiting for answers', () => {
  it('are not carried out once the connection has been ended', async () => {
    const connection = new RawConnection(service.url).send(get('/0'))
    await called(1)
    calls[0]?.response.write('begun, ')
    connection.send('POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nno size\r\n')
    await ticks(20)
    calls.forEach(answer)
    await connection.closed
    expect(connection.text).toContain('answer to /0')
    expect(calls.map(({ path }) => path)).toEqual(['/0'])
  })

  it('are carried out one after the other', async () => {
    const connection = new RawConnection(service.url).send(many(3))
    for (const count of [1, 2, 3]) {
      await called(count)
      await ticks(10)
      expect(calls.length).toBe(count)
      const [call] = calls.slice(-1)
      if (call) answer(call)
    }
    await connection.until('answer to /2')
    expect(answers(connection.text)).toEqual(paths(3))
    // The connection goes on.
    onCall = answer
    connection.send(get('/3'))
    await connection.until('answer to /3')
    connection.socket.destroy()
  })

  it.each([
    ['at once', answer],
    ['later', answerLater],
  ])('end their connection where there are too many, and nothing is carried out from then on: %s', async (_, how) => {
    onCall = how
    const connection = new RawConnection(service.url).send(many(2_400))
    await connection.closed
    await ticks(20)
    expect(calls.map(({ path }) => path)).toEqual(paths(calls.length))
    expect(calls.length).toBeLessThanOrEqual(mostUnanswered)
  })

  it('get one answer where each of them is refused for its head', async () => {
    const unclaimed = await startTestService()
    const connection = new RawConnection(unclaimed.url).send('GET / HTTP/1.1\r\n\r\n'.repeat(2_400))
    await connection.closed
    expect(connection.text.match(/HTTP\/1\.1 400/g)?.length).toBe(1)
    await unclaimed.stop()
  })

  it('go on where no more of them are unanswered than may be', async () => {
    onCall = answerLater
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
    const wasClosed = Promise.withResolvers<void>()
    onCall = (call) => {
      call.response.once('close', () => wasClosed.resolve())
      call.response.req.socket.destroy()
    }
    connection.send(many(10))
    await connection.closed
    await wasClosed.promise
    await ticks(10)
    expect(calls.length).toBe(1)
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
