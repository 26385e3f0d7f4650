import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { type TestTarget } from '@mtls-gateway/test-kit'
import { openRaw, type RawCall, rawExchange, rawHead } from '../support/raw-exchange.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp } from '../support/tenant.ts'

const MIB = 1024 * 1024
const chunk = Buffer.alloc(64 * 1024, 'a')

/** Answers before the body has come: as nginx does with one that is too large, or as a guard that lets nobody in. */
let target: TestTarget
let system: SharedSystem
let call: RawCall

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget({
    requireClientCertificate: false,
    handler: (incoming, response) => {
      incoming.on('error', () => {})
      const isClosing = incoming.url === '/closing'
      response.writeHead(isClosing ? 413 : 401, { 'content-length': 4, ...(isClosing && { connection: 'close' }) })
      response.end('done')
    },
  })
  const tenant = await system.newTenant()
  const appKey = await tenant.newAppKey(['forward'])
  call = { base: system.forwarderApi.url, path: tenant.forwardPath, appKey, targetUrl: `${target.url}/closing` }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

/** Sends until the answer is there. */
async function upload(targetUrl: string, bytes: number, authorization: string): Promise<number | undefined> {
  const headers = { ...lp(targetUrl), authorization, 'content-length': bytes }
  const sending = request(call.base + call.path, { method: 'POST', agent: false, headers })
  let answered = false
  const answer = once(sending, 'response') as Promise<[IncomingMessage]>
  const send = async () => {
    for (let sent = 0; sent < bytes && !answered; sent += chunk.length) {
      if (!sending.write(chunk)) await Promise.race([once(sending, 'drain'), answer])
    }
  }
  sending.on('error', () => {})
  void send().catch(() => {})
  const [response] = await answer
  answered = true
  sending.destroy()
  return response.statusCode
}

const signed = () => signOAuth1({ method: 'POST', url: call.base + call.path, ...call.appKey })

describe('an answer that comes while the body is still going', () => {
  it.each([
    ['/closing', 413],
    ['/staying', 401],
  ])('reaches the caller each time, from a target at %s', async (path, status) => {
    const statuses: unknown[] = []
    for (let round = 0; round < 10; round++) statuses.push(await upload(target.url + path, 64 * MIB, signed()))
    expect(statuses).toEqual(Array(10).fill(status))
  })

  it.each(['/closing', '/staying'])('reaches a caller that reads only when all is sent: %s', async (path) => {
    const bytes = 8 * MIB
    const head = rawHead(
      { ...call, targetUrl: target.url + path },
      { method: 'POST', lines: `Content-Length: ${bytes}\r\n` },
    )
    const connection = await openRaw(call.base)
    connection.socket.pause()
    connection.socket.write(head)
    await new Promise((resolve) => connection.socket.write(Buffer.alloc(bytes, 'a'), resolve))
    connection.socket.resume()
    const { text } = await connection.until((received) => received.endsWith('done'))
    expect(text).toMatch(/^HTTP\/1\.1 4(13|01) /)
  })

  it('and is the gateway’s own reaches the caller, too, and the connection takes the next call', async () => {
    const lines = `Content-Length: ${8 * MIB}\r\n`
    const parts = {
      method: 'POST',
      lines,
      authorization: signed().replace(/oauth_signature="[^"]+"/, 'oauth_signature="x"'),
    }
    const bytes = [rawHead(call, parts), Buffer.alloc(8 * MIB, 'a'), rawHead(call, { lines: 'Connection: close\r\n' })]
    const { text } = await rawExchange(call.base, bytes)
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 413'])
  })
})

describe('a caller that waits to be told to send its body', () => {
  const lines = 'Expect: 100-continue\r\nContent-Length: 3\r\n'

  it('is told once it is known', async () => {
    const connection = await openRaw(call.base)
    connection.socket.write(rawHead({ ...call, targetUrl: `${target.url}/staying` }, { method: 'POST', lines }))
    await connection.includes('100 Continue')
    connection.socket.write('abc')
    const { text } = await connection.until((received) => received.includes('done'))
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 401 /)
  })

  it('is refused without having sent it where it is not', async () => {
    const { text, ended } = await rawExchange(call.base, rawHead(call, { method: 'POST', lines, authorization: 'x' }))
    expect(text).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
    expect(ended).toBe('closed')
  })
})
