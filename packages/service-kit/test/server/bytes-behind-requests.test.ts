import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
/** The requests that were carried out. */
let done: string[]

/** Answers each request, but for those that are to be answered at once, when something has come behind it. */
function answerLater(request: IncomingMessage, response: ServerResponse): void {
  done.push(request.url ?? '')
  const { socket } = request
  const before = socket.bytesRead
  const look = () => {
    if (socket.destroyed) return
    if (socket.bytesRead === before && !request.url?.includes('at-once')) setTimeout(look, 5)
    else response.end(`answer to ${request.url}`)
  }
  request.resume()
  setImmediate(look)
}

beforeAll(async () => {
  service = await startTestService({
    claim: (request, response) => {
      if (request.httpVersionMajor !== 1) return false
      answerLater(request, response)
      return true
    },
  })
})
beforeEach(() => {
  done = []
})
afterAll(() => service.stop())

const post = (path: string, body: string, length = 5) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${body}`
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const answers = (text: string) => text.match(/HTTP\/1\.1 \d{3}|answer to \/[a-z-]+/g)

describe('a request that has come whole', () => {
  it.each([
    ['one byte too many', `${post('/a-at-once', 'hello')}!`],
    ['a line', `${post('/a-at-once', 'hello')}no request\r\n\r\n`],
    ['the head of another protocol', `${get('/a-at-once')}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
    ['64 KiB', `${get('/a-at-once')}${'!'.repeat(65_536)}`],
  ])('is answered, and nothing else is, where bytes follow it: %s', async (_, bytes) => {
    const connection = new RawConnection(service.url).send(bytes)
    await connection.closed
    expect(answers(connection.text)).toEqual(['HTTP/1.1 200', 'answer to /a-at-once'])
    expect(done).toEqual(['/a-at-once'])
  })

  it('is answered where the bytes come while it is carried out', async () => {
    const connection = new RawConnection(service.url).send(get('/a'))
    while (done.length === 0) await new Promise(setImmediate)
    connection.send('no request\r\n\r\n')
    await connection.closed
    expect(answers(connection.text)).toEqual(['HTTP/1.1 200', 'answer to /a'])
    expect(connection.text).toMatch(/connection: close/i)
  })

  it('is answered with those before it', async () => {
    const connection = new RawConnection(service.url).send(`${get('/a-at-once')}${get('/b-at-once')}no request\r\n\r\n`)
    await connection.closed
    expect(answers(connection.text)).toEqual([
      'HTTP/1.1 200',
      'answer to /a-at-once',
      'HTTP/1.1 200',
      'answer to /b-at-once',
    ])
  })

  it('is answered where the one behind it breaks within its body', async () => {
    const broken = 'POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n'
    const connection = new RawConnection(service.url).send(get('/a-at-once') + broken)
    await connection.closed
    expect(answers(connection.text)).toEqual(['HTTP/1.1 200', 'answer to /a-at-once'])
  })

  it('is not carried out behind one that is refused', async () => {
    const connection = new RawConnection(service.url).send(`GET /a HTTP/2.0\r\nHost: a\r\n\r\n${get('/b')}`)
    await connection.closed
    expect(answers(connection.text)).toEqual(['HTTP/1.1 400'])
    expect(done).toEqual([])
  })
})

describe('a request of another version of HTTP, or of another protocol', () => {
  it.each(['HTTP/2.0', 'HTTP/0.9', 'HTTP/3.0', 'HTTP/1.2', 'http/1.1'])('is refused: %s', async (version) => {
    const connection = new RawConnection(service.url).send(`GET /a ${version}\r\nHost: a\r\n\r\n`)
    await connection.closed
    expect(answers(connection.text)).toEqual(['HTTP/1.1 400'])
    expect(connection.text).toContain('"code":"MALFORMED_REQUEST"')
    expect(done).toEqual([])
  })

  it('is none by HTTP/1.0', async () => {
    const connection = new RawConnection(service.url).send('GET /a-at-once HTTP/1.0\r\n\r\n')
    await connection.closed
    expect(answers(connection.text)).toEqual(['HTTP/1.1 200', 'answer to /a-at-once'])
  })
})

describe('a request that asks for another protocol', () => {
  const asking = (path: string, lines = '') =>
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${lines}\r\n`

  it('is answered with those before it, and ends the connection', async () => {
    const connection = new RawConnection(service.url).send(get('/a-at-once') + asking('/b-at-once'))
    await connection.closed
    const both = ['HTTP/1.1 200', 'answer to /a-at-once', 'HTTP/1.1 200', 'answer to /b-at-once']
    expect(answers(connection.text)).toEqual(both)
    expect(connection.text).toMatch(/connection: close/i)
  })

  it('is answered where it has a body and waits to send it', async () => {
    const lines = 'Content-Length: 5\r\nExpect: 100-continue\r\n'
    const connection = new RawConnection(service.url).send(asking('/a', lines))
    await connection.until('100 Continue')
    connection.send('hello')
    await connection.closed
    expect(answers(connection.text)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200', 'answer to /a'])
  })

  it('hides no part of a request behind it, so that the rest of that would be taken for one', async () => {
    const rest = get('/within-a-body')
    const [first, second] = [`${asking('/a')}${post('/b', '', rest.length)}`, rest]
    const connection = new RawConnection(service.url).send(first)
    while (done.length === 0) await new Promise(setImmediate)
    connection.send(second)
    await connection.closed
    expect(done).toEqual(['/a'])
    expect(answers(connection.text)).toEqual(['HTTP/1.1 200', 'answer to /a'])
  })
})

describe('a body that breaks when its request has been answered', () => {
  it('gets no second answer', async () => {
    const early = await startTestService({
      claim: (_, response) => {
        response.writeHead(401, { 'content-length': 0 }).end()
        return true
      },
    })
    const connection = new RawConnection(early.url)
    connection.send('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    await connection.until('401')
    connection.send('no chunk\r\n')
    await new Promise((resolve) => connection.socket.once('end', resolve))
    expect(answers(connection.text)).toEqual(['HTTP/1.1 401'])
    connection.socket.destroy()
    await early.stop()
  })
})
