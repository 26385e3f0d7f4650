import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Browser, signInByLink } from './support/browser.ts'
import { type ConfigApiDouble, startConfigApiDouble } from './support/config-api-double.ts'
import { startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

const folder = new TestFolder()
let configApi: ConfigApiDouble
let running: TestConsole
let browser: Browser

beforeAll(async () => {
  configApi = await startConfigApiDouble()
  running = await startConsole(folder, { CONFIG_API_URL: configApi.url })
  browser = await signInByLink(running.url)
})
beforeEach(() => {
  configApi.seen.length = 0
})
afterAll(async () => {
  await running.stop()
  await configApi.close()
  folder.remove()
})

const refused = { status: 403, code: 'CONSOLE_HEADER_MISSING' }
const mapping = '/mtls/account/le123/mappings/1'

describe('a change', () => {
  it.each([
    ['without headers of the page', {}],
    ['without the header of the page', { 'sec-fetch-site': 'same-origin' }],
    ['without the word of the browser', { 'x-console': '1' }],
    ['of another site', { 'x-console': '1', 'sec-fetch-site': 'cross-site' }],
    ['of another host of the same site', { 'x-console': '1', 'sec-fetch-site': 'same-site' }],
    ['of the address bar', { 'x-console': '1', 'sec-fetch-site': 'none' }],
  ])('is refused %s', async (_which, headers) => {
    for (const [method, path] of [
      ['DELETE', mapping],
      ['PUT', mapping],
      ['POST', '/mtls/account/le123/mappings'],
      ['POST', '/console/sign-in-codes/exchange'],
      ['POST', '/console/session/confirmation'],
      ['POST', '/console/handovers/open'],
      ['POST', '/console/handovers/answer'],
      ['POST', '/console/invitations/describe'],
      ['POST', '/console/session/invitation'],
      ['DELETE', '/console/session'],
    ] as const) {
      const answer = await browser.ask(method, path, { headers })
      expect(answer.json()).toMatchObject(refused)
      expect(answer.setCookies).toEqual([])
    }
    expect(configApi.seen).toEqual([])
  })
})

describe('a look at data', () => {
  it.each(['cross-site', 'same-site'])('is refused to another site: %s', async (site) => {
    for (const path of [mapping, '/console/session']) {
      expect((await browser.get(path, { 'sec-fetch-site': site })).json()).toMatchObject(refused)
    }
    expect(configApi.seen).toEqual([])
  })

  it('is for the page, the address bar, and whoever is no browser', async () => {
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, {}]) {
      expect((await browser.get(mapping, headers)).status).toBe(200)
    }
  })
})
