import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { type Browser, ofPage, signInByLink } from './support/browser.ts'
import { type ConfigApiDouble, json, startConfigApiDouble, tell } from './support/config-api-double.ts'
import { startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

const path = '/mtls/account/le123/mappings/7/token'
const folder = new TestFolder()
let configApi: ConfigApiDouble
/** It answers everything as it would this. */
let forwarderApi: ConfigApiDouble
let running: TestConsole
let browser: Browser

beforeAll(async () => {
  configApi = await startConfigApiDouble()
  forwarderApi = await startConfigApiDouble()
  running = await startConsole(folder, { CONFIG_API_URL: configApi.url, FORWARDER_API_URL: forwarderApi.url })
})
beforeEach(async () => {
  browser = await signInByLink(running.url)
  forwarderApi.answer = (_request, response) => json(response, 200, { token: null })
  for (const { seen } of [configApi, forwarderApi]) seen.length = 0
})
afterAll(async () => {
  await running.stop()
  await configApi.close()
  await forwarderApi.close()
  folder.remove()
})

it('goes to forwarder-api with the token of the session, and nowhere else', async () => {
  const answer = await browser.post(`${path}?version=staged`, {})
  expect(answer).toMatchObject({ status: 200, text: '{"token":null}' })
  const asked = { method: 'POST', url: `${path}?version=staged` }
  expect(forwarderApi.seen).toEqual([expect.objectContaining(asked)])
  expect(forwarderApi.seen[0]?.headers).toMatchObject({ authorization: 'Bearer token-of-ann' })
  expect(configApi.seen).toEqual([])
})

it('is the only thing that a page can ask forwarder-api for', async () => {
  const forwarded = { ...ofPage, 'lp-forward-url': 'https://bank.example/' }
  for (const [method, url] of [
    ['POST', '/mtls/account/le123'],
    ['GET', '/mtls/account/le123/to/7/path'],
    ['GET', path],
    ['POST', '/mtls/account/le123/mappings/..%2F..%2F/token'],
  ] as const) {
    expect((await browser.ask(method, url, { headers: forwarded })).status).not.toBe(200)
  }
  expect(forwarderApi.seen).toEqual([])
})

it('is refused without a session, and from a page of another site', async () => {
  const answer = await browser.post(path, {}, { 'x-console': '1', 'sec-fetch-site': 'cross-site' })
  expect(answer.json()).toMatchObject({ code: 'CONSOLE_HEADER_MISSING' })
  browser.cookies.clear()
  expect((await browser.post(path, {})).json()).toMatchObject({ code: 'SESSION_REQUIRED' })
  expect(forwarderApi.seen).toEqual([])
})

it('ends the session where the token is refused', async () => {
  forwarderApi.answer = (_request, response) => tell(response, 401, 'TOKEN_EXPIRED')
  expect((await browser.post(path, {})).status).toBe(401)
  expect(browser.cookies.size).toBe(0)
})

it('says that no forwarder answers, and passes again once one does', async () => {
  const own = await startConfigApiDouble()
  const folderOfOwn = new TestFolder()
  const service = await startConsole(folderOfOwn, { CONFIG_API_URL: configApi.url, FORWARDER_API_URL: own.url })
  const here = await signInByLink(service.url)
  await own.close()
  const answer = await here.post(path, {})
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
  expect(answer.json()).toMatchObject({ code: 'FORWARDER_API_UNAVAILABLE' })
  expect((await here.get('/health/ready')).json()).toMatchObject({ status: 'ok' })
  await service.stop()
  folderOfOwn.remove()
})

it('is not there where the console does not know forwarder-api', async () => {
  const folderOfOwn = new TestFolder()
  const service = await startConsole(folderOfOwn, { CONFIG_API_URL: configApi.url })
  const here = await signInByLink(service.url)
  expect((await here.get('/console/config')).json()).toMatchObject({ asksForTokens: false })
  expect((await here.post(path, {})).status).toBe(404)
  expect((await browser.get('/console/config')).json()).toMatchObject({ asksForTokens: true })
  await service.stop()
  folderOfOwn.remove()
})
