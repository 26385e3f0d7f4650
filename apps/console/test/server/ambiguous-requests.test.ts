import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ambiguousBytes, ambiguousRequests, refusalOf } from '@mtls-gateway/test-kit'
import { signInByLink } from './support/browser.ts'
import { type ConfigApiDouble, startConfigApiDouble } from './support/config-api-double.ts'
import { startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

const folder = new TestFolder()
let configApi: ConfigApiDouble
let running: TestConsole
let ofPage: string

beforeAll(async () => {
  configApi = await startConfigApiDouble()
  running = await startConsole(folder, { CONFIG_API_URL: configApi.url })
  const { cookies } = await signInByLink(running.url)
  ofPage = `X-Console: 1\r\nSec-Fetch-Site: same-origin\r\nCookie: mtls-session=${cookies.get('mtls-session')}\r\n`
  configApi.seen.length = 0
})
afterAll(async () => {
  await running.stop()
  await configApi.close()
  folder.remove()
})

describe('a request that is none of a browser', () => {
  it.each([
    ['an unknown method', 'FROB / HTTP/1.1\r\nHost: a\r\n', 400, 'MALFORMED_REQUEST'],
    ['no Host', 'GET / HTTP/1.1\r\n', 400, 'MALFORMED_REQUEST'],
    ['a method that nothing here takes', 'PROPFIND / HTTP/1.1\r\nHost: a\r\n', 404, 'NOT_FOUND'],
  ])('gets a problem: %s', async (_, head, status, code) => {
    const { hostname, port } = new URL(running.url)
    const refusal = await refusalOf(connect(Number(port), hostname), `${head}Connection: close\r\n\r\n`)
    expect(refusal).toEqual({ answers: 1, status, code, isClosed: true })
  })
})

describe('a request that can be read in two ways', () => {
  it.each(ambiguousRequests)('is refused, and config-api never sees it: $what', async (request) => {
    const { hostname, port } = new URL(running.url)
    // A folded first line has to stay the first.
    const signedIn = { ...request, lines: request.lines + ofPage }
    const bytes = ambiguousBytes(signedIn, '/mtls/account/le123/mappings')
    const refusal = await refusalOf(connect(Number(port), hostname), bytes)
    expect(refusal).toMatchObject({ answers: 1, status: 400, code: request.code, isClosed: true })
    expect(configApi.seen).toEqual([])
  })
})
