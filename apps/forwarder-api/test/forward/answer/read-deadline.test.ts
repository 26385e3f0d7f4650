import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { ReadDeadline } from '../../../src/forward/answer/read-deadline.ts'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** The answers to this many pipelined requests, for a caller that reads nothing. */
async function answersTo(requests: number): Promise<{ caller: Socket; responses: ServerResponse[] }> {
  const responses: ServerResponse[] = []
  const server = createServer((_, response) => responses.push(response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const caller = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  caller.on('error', () => {})
  closing.push(() => {
    caller.destroy()
    server.close()
  })
  caller.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(requests))
  while (responses.length < requests) await once(server, 'request')
  return { caller, responses }
}

function deadlineOf(response: ServerResponse): { deadline: ReadDeadline; late: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { deadline: new ReadDeadline(response, resolve, 50), late: promise }
}

describe('the deadline of a caller that does not read', () => {
  it('is over when nothing was taken in time', async () => {
    const { responses } = await answersTo(1)
    const [response] = responses
    if (!response) throw new Error('there is an answer')
    response.write(Buffer.alloc(16 * 1_024 * 1_024))
    const { deadline, late } = deadlineOf(response)
    deadline.start()
    await late
    expect(response.writableLength).toBeGreaterThan(0)
  })

  it('does not run behind the answer to an earlier request', async () => {
    const { responses } = await answersTo(2)
    const [first, second] = responses
    if (!first || !second) throw new Error('there are two answers')
    const { deadline, late } = deadlineOf(second)
    let isLate = false
    void late.then(() => {
      isLate = true
    })
    second.write('waits')
    deadline.start()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(isLate).toBe(false)
    first.end()
    await late
  })
})
