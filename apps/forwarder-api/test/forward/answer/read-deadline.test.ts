import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { ReadDeadline } from '../../../src/forward/answer/read-deadline.ts'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** The answer to a caller that reads nothing. */
async function unreadAnswer(): Promise<ServerResponse> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const caller = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  caller.on('error', () => {})
  closing.push(() => {
    caller.destroy()
    server.close()
  })
  caller.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  return response
}

describe('the deadline of a caller that does not read', () => {
  it('is over when nothing was taken in time', async () => {
    const response = await unreadAnswer()
    response.write(Buffer.alloc(16 * 1_024 * 1_024))
    await new Promise<void>((resolve) => new ReadDeadline(resolve, 50).start())
    expect(response.writableLength).toBeGreaterThan(0)
  })
})
