import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type RequestOptions, request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { serve, withTools } from '@mtls-gateway/test-kit'
import { type Edge, type EdgeService, startEdge } from '../support/edge.ts'
import { root } from '../support/entries.ts'

/** As large as a session may become (docs/console.md), in cookies that browsers take. */
const cookies = ['a', 'b', 'c'].map((name) => `${name}=${name.repeat(3_990)}`)

withTools(describe, 'nginx')('nginx with the shipped configuration', () => {
  const opened = new AsyncDisposableStack()
  let edge: Edge
  beforeAll(async () => {
    edge = await startEdge(opened, {
      configApi: await startEcho(opened, 'config-api'),
      forwarderApi: await startEcho(opened, 'forwarder-api'),
      console: await startEcho(opened, 'console'),
    })
  })
  afterAll(() => opened.disposeAsync())

  it('passes each port to its service, with the address of the caller', async () => {
    for (const [url, name] of [
      [edge.configApi, 'config-api'],
      [edge.forwarderApi, 'forwarder-api'],
      [edge.console, 'console'],
    ] as const) {
      const { status, seen } = await get(url, { 'x-forwarded-for': '203.0.113.7' })
      expect([status, seen.name, seen.headers['x-forwarded-for']]).toEqual([200, name, '127.0.0.1'])
    }
  })

  it('has room for the largest session of the console, both ways', async () => {
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

it('a host finds the process of nginx with fixed addresses where its package keeps it, and nothing of it in /tmp', async () => {
  const shipped = await readFile(join(root, 'infra/nginx/fixed-addresses.conf'), 'utf8')
  expect(shipped).not.toMatch(/^\s*(pid|\w+_temp_path)\s|\/tmp\//m)
})

/** A service that answers with its name and the header fields that it got. */
async function startEcho(opened: AsyncDisposableStack, name: string): Promise<EdgeService> {
  const echo = await serve(({ url, headers }, response) => {
    if (url === '/set-cookies') response.setHeader('set-cookie', cookies)
    response.end(JSON.stringify({ name, headers }))
  })
  opened.defer(() => echo.close())
  const { hostname, port } = new URL(echo.url)
  return { addresses: [hostname], port: Number(port) }
}
