import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { TurnBatch } from '@mtls-gateway/event-loop'
import { PassedBuffers } from '@mtls-gateway/service-kit'
import { AnswerRelay } from '../../../src/forward/answer/answer-relay.ts'
import { unwatched } from './unwatched.ts'

it('an answer in small pieces that its caller does not take is read no further after some of them', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  const relay = new AnswerRelay(response, {
    requestId: 'id',
    target: unwatched,
    buffers: new PassedBuffers(),
    turnBatch: new TurnBatch(),
    metrics: { answered: () => {}, brokeOff: () => {}, repeated: () => {} },
  })
  const told = { pauses: 0, resumes: 0 }
  relay.onStart({ pause: () => told.pauses++, resume: () => told.resumes++, abort: () => {} })
  relay.onHead(200, [], '1.1', 0)
  await setImmediate()
  await setImmediate()
  // As if nothing more could be sent.
  response.cork()
  for (let n = 0; n < 60; n++) relay.onData(Buffer.from('x'))
  expect(told).toEqual({ pauses: 0, resumes: 0 })
  for (let n = 0; n < 10; n++) relay.onData(Buffer.from('x'))
  expect(told).toEqual({ pauses: 1, resumes: 0 })
  response.uncork()
  while (told.resumes === 0) await setImmediate()
  relay.onEnd([])
  await relay.ended
  socket.destroy()
  server.close()
})
