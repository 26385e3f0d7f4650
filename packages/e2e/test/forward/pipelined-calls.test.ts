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

/** Two calls on one connection, which have both come to the target. */
async function twoCalls() {
  const connection = await openRaw(call.base)
  connection.socket.write(head('/first') + head('/second'))
  return { connection, one: await targetAskedFor('/first'), other: await targetAskedFor('/second') }
}

/**
 * By its end it is known that the gateway has read all that came before: it closes connections that say so, and those
 * that targets end. By how long it took, or by what came over others, it is not.
 */
const closedByGateway = (socket: TLSSocket) => once(socket, 'close')

const lastAnswer = answer('second', 'Connection: close\r\n')
/** In pieces: node:http would write the head before whatever waits already, which would then lie within the body. */
const lastAnswerInPieces = [lastAnswer.slice(0, -3), lastAnswer.slice(-3)]

/** Status lines and bodies. */
const story = (text: string) => text.match(/HTTP\/1\.1 \d{3}|(?:first|second)/g)
const whole = ['HTTP/1.1 200', 'first', 'HTTP/1.1 200', 'second']

describe('a call behind another one on its connection', () => {
  it.each([
    ['a hint', [hint + lastAnswer]],
    ['a hint, then its answer', [hint, lastAnswer]],
    ['hints between pieces', [hint.slice(0, 40), hint.slice(40) + hint, lastAnswer]],
    ['a hint, then its answer in pieces', [hint, ...lastAnswerInPieces]],
  ])('gets its answer behind the other one, and nothing within that: %s', async (_, pieces) => {
    const { connection, one, other } = await twoCalls()
    const closed = closedByGateway(other)
    for (const piece of pieces) await new Promise<void>((resolve) => other.write(piece, () => resolve()))
    await closed
    one.write(answer('first'))
    const { text } = await connection.until((received) => story(received)?.length === whole.length)
    expect(story(text)).toEqual(whole)
    expect(text).not.toContain('HTTP/1.1 103')
  })

  it('gets the rest of its answer behind the other one', async () => {
    const { connection, one, other } = await twoCalls()
    const [begin, rest] = [answer('second').slice(0, -3), answer('second').slice(-3)]
    await new Promise<void>((resolve) => other.write(begin, () => resolve()))
    one.write(answer('first'))
    await connection.includes('first')
    other.write(rest)
    const { text } = await connection.until((received) => story(received)?.length === whole.length)
    expect(story(text)).toEqual(whole)
  })

  it('gets a long answer in order that had to wait for the other one', async () => {
    const { connection, one, other } = await twoCalls()
    const pieces = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index).repeat(14_000))
    const body = pieces.join('')
    // Three records for each piece: the one in which the gateway stops reading has some behind it.
    other.setMaxSendFragment(5_000)
    other.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
    for (const piece of pieces) {
      other.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    one.write(answer('first'))
    const bodyOf = (received: string) => received.slice(received.lastIndexOf('\r\n\r\n') + 4)
    const { text } = await connection.until((received) => bodyOf(received).length === body.length)
    expect(bodyOf(text) === body).toBe(true)
  })

  it('has its hints once it is at the front', async () => {
    const { connection, one, other } = await twoCalls()
    one.write(answer('first'))
    await connection.includes('first')
    other.write(hint)
    await connection.includes('103 Early Hints')
    other.write(answer('second'))
    const { text } = await connection.until((received) => received.endsWith('second'))
    expect(story(text)).toEqual(['HTTP/1.1 200', 'first', 'HTTP/1.1 103', 'HTTP/1.1 200', 'second'])
  })

  it('ends the connection behind the other one where its answer breaks off meanwhile', async () => {
    const { connection, one, other } = await twoCalls()
    const closed = closedByGateway(other)
    other.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsec')
    await closed
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

  it('is not told to send its body when its answer has come meanwhile', async () => {
    const connection = await openRaw(call.base)
    const lines = 'Expect: 100-continue\r\nContent-Length: 3\r\n'
    connection.socket.write(head('/first') + head('/second', { method: 'POST', lines }))
    const [one, other] = [await targetAskedFor('/first'), await targetAskedFor('/second')]
    const closed = closedByGateway(other)
    for (const piece of lastAnswerInPieces) await new Promise<void>((resolve) => other.write(piece, () => resolve()))
    await closed
    one.write(answer('first'))
    const { text } = await connection.until((received) => story(received)?.length === whole.length)
    expect(story(text)).toEqual(whole)
  })
})

describe('a caller that waits to be told to send its body', () => {
  const lines = 'Expect: 100-continue\r\nContent-Length: 3\r\n'

  it.each([
    ['401 Unauthorized', 'Content-Length: 4\r\n'],
    ['413 Payload Too Large', 'Content-Length: 4\r\nConnection: close\r\n'],
    ['417 Expectation Failed', 'Content-Length: 4\r\n'],
  ])('gets the %s of its target without having been told', async (status, fields) => {
    const connection = await openRaw(call.base)
    connection.socket.write(head('/asked', { method: 'POST', lines }))
    const one = await targetAskedFor('/asked')
    one.write(`HTTP/1.1 ${status}\r\n${fields}\r\ndone`)
    const { text, ended } = await connection.until(() => false)
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\\r\\n`))
    expect(text).toMatch(/\r\nconnection: close\r\n/i)
    expect({ isWhole: text.endsWith('done'), ended }).toEqual({ isWhole: true, ended: 'closed' })
  })

  it('is told when its target says so', async () => {
    const connection = await openRaw(call.base)
    connection.socket.write(head('/asked', { method: 'POST', lines }))
    const one = await targetAskedFor('/asked')
    one.write('HTTP/1.1 100 Continue\r\n\r\n')
    await connection.includes('100 Continue')
    connection.socket.write('abc')
    one.write(answer('first'))
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
