import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { loginFilePath, writeLogin } from '../src/settings/login-file.ts'
import { mtls } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const browser = fileURLToPath(new URL('browse.ts', import.meta.url))
const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 'the-token', PATH: process.env.PATH }

let url: string
let requests: { readonly asked: string; readonly headers: IncomingMessage['headers'] }[]
let close: () => Promise<unknown>

/** What the console's own server does for this command: gives a code for a good token. */
beforeEach(async () => {
  requests = []
  const server = createServer((request, response) => {
    requests.push({ asked: `${request.method} ${request.url}`, headers: request.headers })
    if (request.url === '/sign-in') return response.end('<h1>Signed in</h1>')
    const isGood = request.headers.authorization === 'Bearer the-token'
    const problem = {
      type: 'urn:x',
      title: 'T',
      status: 401,
      code: 'TOKEN_INVALID',
      detail: 'It is not.',
      instance: 'r',
    }
    const answer = { code: 'c-1', expiresAt: '2030-01-01T00:01:00.000Z', url: `${url}/sign-in#code=c-1` }
    const type = isGood ? 'application/json' : 'application/problem+json'
    return response
      .writeHead(isGood ? 201 : 401, { 'content-type': type })
      .end(JSON.stringify(isGood ? answer : problem))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // It listens: its address is no pipe's.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})
afterEach(() => close())

describe('mtls console', () => {
  it('prints a link for the token, and nothing of the token', async () => {
    const end = await mtls(['console', '--console-url', `${url}/`], { environment })
    expect(end).toEqual({
      exitCode: 0,
      stdout: `${url}/sign-in#code=c-1\n`,
      stderr: expect.stringMatching(/^The link works once, within a minute, /),
    })
    expect(requests.map(({ asked }) => asked)).toEqual(['POST /console/sign-in-codes'])
  })

  it('takes the url that login has kept, and prints JSON', async () => {
    const directory = await temporaryDirectory()
    await writeLogin(loginFilePath({ XDG_CONFIG_HOME: directory }), { token: 'the-token', console: url })
    const { stdout, stderr } = await mtls(['console', '--json'], { environment: { XDG_CONFIG_HOME: directory } })
    expect(JSON.parse(stdout)).toEqual({ code: 'c-1', expiresAt: expect.any(String), url: `${url}/sign-in#code=c-1` })
    expect(stderr).toBe('')
  })

  it('opens the link in a browser if asked to', async () => {
    const opening = { ...environment, BROWSER: browser }
    expect(await mtls(['console', '--console-url', url, '--open'], { environment: opening })).toMatchObject({
      exitCode: 0,
      stderr: expect.not.stringContaining('No browser'),
    })
    const none = { ...environment, BROWSER: '/none' }
    expect(await mtls(['console', '--console-url', url, '--open'], { environment: none })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('#code='),
      stderr: expect.stringContaining('No browser has opened it. Open it yourself.'),
    })
  })

  it('says why the console refuses a token', async () => {
    const wrong = { ...environment, MTLS_TOKEN: 'wrong' }
    expect(await mtls(['console', '--console-url', url], { environment: wrong })).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^TOKEN_INVALID: It is not\./),
    })
  })

  it('says that one has to be logged in, with a token', async () => {
    const nobody = { XDG_CONFIG_HOME: '/nowhere' }
    expect(await mtls(['console', '--console-url', url], { environment: nobody })).toMatchObject({
      exitCode: 2,
      stderr: 'There is no token. Log in (mtls login) or set MTLS_TOKEN.\n',
    })
    const key = { ...nobody, MTLS_APP_KEY: 'le123.k1', MTLS_APP_SECRET: 's' }
    expect(await mtls(['console', '--console-url', url], { environment: key })).toMatchObject({
      exitCode: 2,
      stderr:
        'The console needs a token, and you are logged in with the app key le123.k1 (OAuth 1.0a) alone. Log in with a token: mtls login.\n',
    })
    expect(requests).toEqual([])
  })

  it('sends no token over plain http beyond this machine', async () => {
    for (const place of ['http://console.example', 'http://10.0.0.1:8082', 'http://127.0.0.1.example/']) {
      expect(await mtls(['console', '--console-url', place], { environment })).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('--console-url must begin with https://'),
      })
    }
  })

  it('says that there is no console', async () => {
    await close()
    close = async () => {}
    expect(await mtls(['console', '--console-url', url], { environment })).toMatchObject({
      exitCode: 3,
      stderr: `console does not answer at ${url} (ECONNREFUSED). Check --console-url, MTLS_CONSOLE_URL or mtls login, and that it is up.\n`,
    })
  })
})
