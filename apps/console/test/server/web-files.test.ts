import { once } from 'node:events'
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { start } from '../../src/server/start.ts'
import { Browser } from './support/browser.ts'
import { startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

const folder = new TestFolder()
let running: TestConsole

beforeAll(async () => {
  running = await startConsole(folder, {})
})
afterAll(async () => {
  await running.stop()
  folder.remove()
})

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
const html = { accept: 'text/html,application/xhtml+xml' }

describe('the page', () => {
  it.each(['/', '/sign-in', '/accounts/le123/certificates/7?tab=chain', '/mtls-help'])(
    'is at every path that a browser may be at, for everybody: %s',
    async (path) => {
      const { status, headers, text } = await new Browser(running.url).get(path, html)
      expect({ status, text }).toEqual({ status: 200, text: expect.stringContaining('<title>Console</title>') })
      const { date, connection, 'content-length': length, etag, 'x-request-id': id, ...rest } = headers
      expect(rest).toEqual({
        'cache-control': 'no-cache',
        'content-security-policy': policy,
        'content-type': 'text/html; charset=utf-8',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        vary: 'accept-encoding',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
    },
  )

  it.each(['/mtls/x', '/console/x', '/assets/x.js', '/health/x'])('is not where data is: %s', async (path) => {
    expect((await new Browser(running.url).get(path, html)).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })

  it('is for whoever takes HTML', async () => {
    const browser = new Browser(running.url)
    expect((await browser.get('/favicon.ico', { accept: 'image/*' })).status).toBe(404)
    expect((await browser.ask('POST', '/', { headers: html })).status).toBe(404)
  })
})

describe('a file', () => {
  it('of the assets stays in the cache for good', async () => {
    const { headers } = await new Browser(running.url).get('/assets/app-0123abcd.js')
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    })
    expect((await new Browser(running.url).get('/theme.js')).headers['cache-control']).toBe('no-cache')
  })

  it('of another kind is not served, and nothing outside of the folder', async () => {
    const browser = new Browser(running.url)
    for (const path of ['/notes.secret', '/assets/..%2fnotes.secret', '/..%2fdata%2fconsole-session.key']) {
      expect((await browser.get(path)).status).toBe(404)
    }
  })

  it('is not sent again to whoever has it', async () => {
    const browser = new Browser(running.url)
    const { headers } = await browser.get('/theme.js')
    const again = await browser.get('/theme.js', { 'if-none-match': headers.etag })
    expect(again).toMatchObject({ status: 304, text: '' })
  })

  it('comes compressed, as the browser can read it', async () => {
    const plain = await fetched('/assets/app-0123abcd.js', 'identity')
    const brotli = await fetched('/assets/app-0123abcd.js', 'gzip, deflate, br, zstd')
    const gzip = await fetched('/assets/app-0123abcd.js', 'gzip, br;q=0')
    expect([plain.encoding, brotli.encoding, gzip.encoding]).toEqual([undefined, 'br', 'gzip'])
    expect(brotliDecompressSync(brotli.bytes)).toEqual(plain.bytes)
    expect(gunzipSync(gzip.bytes)).toEqual(plain.bytes)
    expect(brotli.bytes.length).toBeLessThan(plain.bytes.length / 4)
    expect((await fetched('/assets/logo-0123abcd.png', 'br')).encoding).toBeUndefined()
  })

  it('has a head without a body', async () => {
    const answer = await new Browser(running.url).ask('HEAD', '/theme.js')
    expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-length': '47' } })
  })

  async function fetched(path: string, accepted: string) {
    const call = request(new URL(path, running.url), { agent: false, headers: { 'accept-encoding': accepted } })
    call.end()
    const [answer] = await once(call, 'response')
    return { encoding: answer.headers['content-encoding'] as string | undefined, bytes: await buffer(answer) }
  }
})

describe('a console whose pages were not built', () => {
  it('does not start, and says what to do', async () => {
    const empty = new TestFolder()
    const environment = { CONSOLE_PORT: '0', CONSOLE_MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: empty.path }
    await expect(start(environment, empty.path)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('npm run build'),
    })
    empty.remove()
  })
})
