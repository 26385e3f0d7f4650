import { once } from 'node:events'
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

/**
 * By its end it is known that the gateway has read all that came before: it closes connections that say so, and those
 * that targets end. By how long it took, or by what came over others, it is not.
 */
const closedByGateway = (socket: TLSSocket) => once(socket, 'close')

/** Status lines and bodies. */
const story = (text: string) => text.match(/HTTP\/1\.1 \d{3}|(?:first|second)/g)

describe('a call behind another one on its connection', () => {
  it('goes out when that has been answered, with hints of its own', async () => {
    const connection = await openRaw(call.base)
    connection.socket.write(head('/first') + head('/second'))
    const one = await targetAskedFor('/first')
    one.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfi')
    await connection.includes('fi')
    expect([...asked.keys()]).toEqual(['/first'])
    one.write('rst')
    const other = await targetAskedFor('/second')
    other.write(hint)
    await connection.includes('103 Early Hints')
    other.write(answer('second'))
    const { text } = await connection.until((received) => received.endsWith('second'))
    expect(story(text)).toEqual(['HTTP/1.1 200', 'first', 'HTTP/1.1 103', 'HTTP/1.1 200', 'second'])
  })

  it('does not go out where that breaks off', async () => {
    const connection = await openRaw(call.base)
    connection.socket.write(head('/first') + head('/second'))
    const one = await targetAskedFor('/first')
    one.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfirst')
    const { text, ended } = await connection.until(() => false)
    expect({ story: story(text), ended }).toEqual({ story: ['HTTP/1.1 200', 'first'], ended: 'closed' })
    expect([...asked.keys()]).toEqual(['/first'])
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

describe('a caller that waits to be told to send its body', () => {
  const lines = 'Expect: 100-continue\r\nContent-Length: 3\r\n'

  it('is told when its call goes out, whatever its target says', async () => {
    const connection = await openRaw(call.base)
    connection.socket.write(head('/asked', { method: 'POST', lines }))
    const one = await targetAskedFor('/asked')
    await connection.includes('100 Continue')
    connection.socket.write('abc')
    one.write(`HTTP/1.1 100 Continue\r\n\r\n${answer('first')}`)
    const { text } = await connection.until((received) => received.endsWith('first'))
    expect(story(text)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200', 'first'])
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

  it('ends when its caller closes its side, and so does its connection to the target', async () => {
    const connection = await openRaw(call.base)
    connection.socket.write(head('/first'))
    const closed = closedByGateway(await targetAskedFor('/first'))
    connection.socket.end()
    await closed
    expect(await connection.until(() => false)).toEqual({ text: '', ended: 'closed' })
  })

  it.each(['HTTP/2.0', 'HTTP/0.9'])('is none by %s', async (version) => {
    const { text } = await rawExchange(call.base, head('/first').replace('HTTP/1.1', version))
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*lp-answered-by: gateway[\s\S]*"code":"MALFORMED_REQUEST"/i)
    expect(asked.size).toBe(0)
  })
})
