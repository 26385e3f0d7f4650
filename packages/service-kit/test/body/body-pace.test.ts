import { once } from 'node:events'
import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { readBodyBytes } from '../../src/body/body-bytes.ts'

const pace = { graceMs: 50, bytesPerSecond: 1_000_000 }
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Both sides of a request whose body has started. */
async function begin(): Promise<{ client: ClientRequest; incoming: IncomingMessage; response: ServerResponse }> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = request({ port: (server.address() as AddressInfo).port, method: 'POST' })
  // It is cut off when the test is over, at the latest.
  client.on('error', () => {})
  closing.push(() => {
    client.destroy()
    server.close()
  })
  const arrival = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>
  client.write('a')
  const [incoming, response] = await arrival
  return { client, incoming, response }
}

describe('a body that is read whole', () => {
  it('is given up where it comes too slowly, and its connection is there for the answer', async () => {
    const { client, incoming, response } = await begin()
    await expect(readBodyBytes(incoming, { maxBytes: 100, pace })).rejects.toMatchObject({ code: 'BODY_TOO_SLOW' })
    const answer = once(client, 'response')
    response.writeHead(408).end()
    expect((await answer)[0].statusCode).toBe(408)
  })

  it('is not looked at any more once it has come', async () => {
    const { client, incoming } = await begin()
    client.end('b')
    expect((await readBodyBytes(incoming, { maxBytes: 100 })).toString()).toBe('ab')
    expect(incoming.listenerCount('data')).toBe(0)
  })

  it('fails with the end of its connection', async () => {
    const { client, incoming } = await begin()
    const read = readBodyBytes(incoming, { maxBytes: 100 })
    client.destroy()
    await expect(read).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})
