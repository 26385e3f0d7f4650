import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Edge, startEdge } from '../support/edge.ts'

const canRun = process.env.CI !== undefined || spawnSync('nginx', ['-v']).status === 0
const itWithNginx = canRun ? it : it.skip

/** As large as a session may become (docs/console.md), in cookies that browsers take. */
const cookies = ['a', 'b', 'c'].map((name) => `${name}=${name.repeat(3_990)}`)

describe('nginx with the shipped configuration', () => {
  const opened = new AsyncDisposableStack()
  let edge: Edge
  beforeAll(async () => {
    if (!canRun) return
    const serve = async (name: string) => ({ addresses: ['127.0.0.1'], port: await startEcho(opened, name) })
    edge = await startEdge(opened, {
      configApi: await serve('config-api'),
      forwarderApi: await serve('forwarder-api'),
      console: await serve('console'),
    })
  })
  afterAll(() => opened.disposeAsync())

  itWithNginx('passes each port to its service, with the address of the caller', async () => {
    for (const [url, name] of [
      [edge.configApi, 'config-api'],
      [edge.forwarderApi, 'forwarder-api'],
      [edge.console, 'console'],
    ] as const) {
      const { status, seen } = await get(url, { 'x-forwarded-for': '203.0.113.7' })
      expect([status, seen.name, seen.headers['x-forwarded-for']]).toEqual([200, name, '127.0.0.1'])
    }
  })

  itWithNginx('has room for the largest session of the console, both ways', async () => {
    const { status, headers } = await get(`${edge.console}/set-cookies`, {})
    expect([status, headers['set-cookie']]).toEqual([200, cookies])
    const { seen } = await get(edge.console, { cookie: cookies.join('; ') })
    expect(seen.headers.cookie).toBe(cookies.join('; '))
  })

  async function get(url: string, headers: Readonly<Record<string, string>>) {
    const options: RequestOptions = { ca: edge.ca, headers, agent: false }
    const [answer] = await once(request(url, options).end(), 'response')
    return { status: answer.statusCode, headers: answer.headers, seen: JSON.parse(await text(answer)) }
  }
})

/** A service that answers with its name and the header fields that it got. */
async function startEcho(opened: AsyncDisposableStack, name: string): Promise<number> {
  const server: Server = createServer(({ url, headers }, response) => {
    if (url === '/set-cookies') response.setHeader('set-cookie', cookies)
    response.end(JSON.stringify({ name, headers }))
  })
  opened.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
