import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type LocalServer, serve } from '@mtls-gateway/test-kit'
import { AuthorityRequests, TargetGuard } from '../src/index.ts'

let server: LocalServer
const seen: string[] = []

beforeAll(async () => {
  server = await serve(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    seen.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''} ${body}`)
    if (request.url === '/elsewhere') response.writeHead(302, { location: '/' })
    if (request.url === '/slow') response.write('a')
    else response.end(request.url === '/long' ? 'x'.repeat(1_000) : 'answer')
  })
})

afterAll(() => server?.close())

const requests = (allowCidrs: readonly string[] = ['127.0.0.0/8'], ports: readonly number[] | 'any' = 'any') =>
  new AuthorityRequests(new TargetGuard({ allowCidrs, ports }))
const at = (path: string, signal = AbortSignal.timeout(10_000)) => ({ url: server.url + path, maxBytes: 100, signal })

describe('a request to an authority', () => {
  it('is posted or fetched, and answered with bytes', async () => {
    const body = { type: 'application/ocsp-request', bytes: Buffer.from('question') }
    expect(String(await requests().ask('a', { ...at('/ocsp?x'), body }))).toBe('answer')
    expect(String(await requests().ask('a', at('/ca.crl')))).toBe('answer')
    expect(seen.slice(-2)).toEqual(['POST /ocsp?x application/ocsp-request question', 'GET /ca.crl  '])
  })

  it('does not reach what the guard refuses, by address, name or port', async () => {
    const before = seen.length
    const { port } = new URL(server.url)
    for (const url of [
      server.url,
      `http://localhost:${port}/`,
      `http://[::1]:${port}/`,
      `http://2130706433:${port}/`,
    ]) {
      await expect(requests([]).ask('a', { ...at('/'), url })).rejects.toMatchObject({ code: 'TARGET_ADDRESS_REFUSED' })
    }
    await expect(requests(undefined, [80]).ask('a', at('/'))).rejects.toMatchObject({ code: 'TARGET_PORT_REFUSED' })
    const secure = { ...at('/'), url: server.url.replace('http:', 'https:') }
    await expect(requests().ask('a', secure)).rejects.toMatchObject({ code: 'TARGET_PORT_REFUSED' })
    expect(seen).toHaveLength(before)
  })

  it('ends where the answer is too long, elsewhere or too late', async () => {
    let bytes = 0
    const onBytes = (count: number) => {
      bytes += count
    }
    await expect(requests().ask('a', { ...at('/long'), onBytes })).rejects.toMatchObject({ detail: 'too long' })
    expect(bytes).toBeGreaterThan(100)
    await expect(requests().ask('a', at('/elsewhere'))).rejects.toMatchObject({ detail: '302' })
    await expect(requests().ask('a', at('/slow', AbortSignal.timeout(100)))).rejects.toBeInstanceOf(Error)
  })
})
