import { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { ask } from '../support/outbound-fixture.ts'
import { RawTarget, sleep, until } from './raw-target.ts'

let target: RawTarget

beforeAll(async () => {
  target = await RawTarget.start()
})
afterEach(() => target.reset())
afterAll(() => target.close())

it('an answer is heard where its target closes while a body is on its way, and the next write fails first', async () => {
  let side: TLSSocket | undefined
  target.onConnection = (socket) => {
    side = socket.pause()
  }
  const body = new Readable({ read() {} })
  const answer = ask(target.pool(), { method: 'POST', body })
  for (let piece = 0; piece < 8; piece++) body.push(Buffer.alloc(65_536))
  await until(() => side !== undefined && body.readableLength === 0)
  // The target does not read all of that: so its close breaks the connection.
  await sleep(100)
  side?.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno')
  side?.destroy()
  // Node reads the answer in the next turn of the event loop. This is written in this one.
  body.push('the next piece')
  const { status, body: words } = await answer
  expect(`${status} ${words}`).toBe('413 no')
})
