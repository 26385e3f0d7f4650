import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openRaw, type RawCall, type RawCallParts, rawExchange, rawHead } from '../support/raw-exchange.ts'
import { type RawTarget, startRawTarget } from '../support/raw-target.ts'
import { System } from '../support/system.ts'

/** Connections to the target with a request that has not been answered, by its path. */
let asked: Map<string, TLSSocket>
let target: RawTarget
let system: System
let call: RawCall

beforeAll(async () => {
  target = await startRawTarget((head, socket) => void asked.set(head.split(' ')[1] ?? '', socket))
  system = await System.start({ targets: [target] })
  const tenant = await system.newTenant()
  const appKey = await tenant.newAppKey(['forward'])
  call = { base: system.forwarderApi.url, path: tenant.forwardPath, appKey, targetUrl: target.url }
})
beforeEach(() => {
  asked = new Map()
})
afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const head = (path: string, parts?: RawCallParts) => rawHead({ ...call, targetUrl: target.url + path }, parts)
const answer = (body: string, lines = '') => `HTTP/1.1 200 OK\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`
const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'

async function targetAskedFor(path: string): Promise<TLSSocket> {
  for (;;) {
    const socket = asked.get(path)
    if (socket !== undefined) return socket
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** What is told of two calls: the answer to the second is here before that to the first. */
async function secondFirst(second: string, then?: (socket: TLSSocket) => void) {
  const connection = await openRaw(call.base)
  connection.socket.write(head('/first') + head('/second'))
  const [one, other] = [await targetAskedFor('/first'), await targetAskedFor('/second')]
  const sent = new Promise<void>((resolve) => other.write(second, () => resolve()))
  await sent
  then?.(other)
  // By calls of its own it is known that the gateway has read it: the first one may come before it in the same turn.
  for (const path of ['/marker', '/marker-after']) {
    const marker = rawExchange(call.base, head(path), (text) => text.endsWith('marked'))
    const last = await targetAskedFor(path)
    last.write(answer('marked'))
    await marker
  }
  return { connection, one, other }
}

/** Status lines and bodies. */
const story = (text: string) => text.match(/HTTP\/1\.1 \d{3}|(?:first|second)/g)
const whole = ['HTTP/1.1 200', 'first', 'HTTP/1.1 200', 'second']

describe('a call behind another one on its connection', () => {
  it.each([
    ['a hint', hint + answer('second')],
    ['a hint and its answer in pieces', `${hint}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsec`],
    ['a hint only', hint],
  ])('gets its answer behind the other one, and nothing within that: %s', async (_, bytes) => {
    const { connection, one, other } = await secondFirst(bytes)
    one.write(answer('first'))
    await connection.includes('first')
    other.write(answer('second').slice(bytes.length - hint.length))
    const { text } = await connection.until((received) => story(received)?.length === whole.length)
    expect(story(text)).toEqual(whole)
    expect(text).not.toContain('HTTP/1.1 103')
  })

  it('has its hints once it is at the front', async () => {
    const connection = await openRaw(call.base)
    connection.socket.write(head('/first') + head('/second'))
    const [one, other] = [await targetAskedFor('/first'), await targetAskedFor('/second')]
    one.write(answer('first'))
    await connection.includes('first')
    other.write(hint)
    await connection.includes('103 Early Hints')
    other.write(answer('second'))
    const { text } = await connection.until((received) => received.endsWith('second'))
    expect(story(text)).toEqual(['HTTP/1.1 200', 'first', 'HTTP/1.1 103', 'HTTP/1.1 200', 'second'])
  })

  it('ends the connection behind the other one where its answer breaks off meanwhile', async () => {
    const broken = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsec'
    const { connection, one } = await secondFirst(broken, (socket) => socket.destroy())
    one.write(answer('first'))
    const { text, ended } = await connection.until(() => false)
    expect({ story: story(text), ended }).toEqual({ story: ['HTTP/1.1 200', 'first'], ended: 'closed' })
  })

  it('is told to send its body when it is at the front', async () => {
    const connection = await openRaw(call.base)
    const lines = 'Expect: 100-continue\r\nContent-Length: 3\r\n'
    connection.socket.write(head('/first') + head('/second', { method: 'POST', lines }))
    const one = await targetAskedFor('/first')
    one.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfi')
    await connection.includes('fi')
    one.write('rst')
    await connection.includes('100 Continue')
    connection.socket.write('abc')
    const other = await targetAskedFor('/second')
    other.write(answer('second'))
    const { text } = await connection.until((received) => received.endsWith('second'))
    expect(story(text)).toEqual(['HTTP/1.1 200', 'first', 'HTTP/1.1 100', 'HTTP/1.1 200', 'second'])
  })
})

describe('a call that has been sent to its target', () => {
  const lines = 'Content-Length: 5\r\n'

  it.each([
    ['a byte too many', 'hello!'],
    ['what is no request', 'hello\r\nno request\r\n\r\n'],
  ])('is answered once, whatever follows it: %s', async (_, body) => {
    const answered = rawExchange(call.base, head('/first', { method: 'POST', lines }) + body)
    const one = await targetAskedFor('/first')
    one.write(answer('first'))
    const { text, ended } = await answered
    expect({ story: story(text), ended }).toEqual({ story: ['HTTP/1.1 200', 'first'], ended: 'closed' })
  })

  it('is answered though its caller has closed its side', async () => {
    const connection = await openRaw(call.base)
    connection.socket.end(head('/first'))
    const one = await targetAskedFor('/first')
    one.write(answer('first'))
    const { text, ended } = await connection.until(() => false)
    expect({ story: story(text), ended }).toEqual({ story: ['HTTP/1.1 200', 'first'], ended: 'closed' })
  })

  it.each(['HTTP/2.0', 'HTTP/0.9', 'RTSP/1.0'])('is none by %s', async (version) => {
    const { text } = await rawExchange(call.base, head('/first').replace('HTTP/1.1', version))
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*lp-answered-by: gateway[\s\S]*"code":"MALFORMED_REQUEST"/i)
    expect(asked.size).toBe(0)
  })
})
