import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Browser } from './support/browser.ts'
import { type ConfigApiDouble, json, startConfigApiDouble, tell } from './support/config-api-double.ts'
import { startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

const folder = new TestFolder()
let configApi: ConfigApiDouble
let running: TestConsole

beforeAll(async () => {
  configApi = await startConfigApiDouble()
  running = await startConsole(folder, { CONFIG_API_URL: configApi.url })
})
beforeEach(() => {
  configApi.seen.length = 0
})
afterAll(async () => {
  await running.stop()
  await configApi.close()
  folder.remove()
})

describe.each(['open', 'answer'])('a handover: %s', (step) => {
  it('needs no session, makes none, and is asked for at config-api for the address of the visitor', async () => {
    const shown = { label: 'Anna', next: null, current: { certificates: [{ pem: 'x'.repeat(200_000) }] } }
    configApi.answer = (_request, response) => json(response, 200, shown)
    const answer = await new Browser(running.url).post(`/console/handovers/${step}`, { code: 'c', mappings: [1] })
    expect(answer).toMatchObject({ status: 200, setCookies: [] })
    expect(answer.json()).toEqual(shown)
    expect(configApi.seen).toMatchObject([
      { method: 'POST', url: `/mtls/handovers/${step}`, headers: { 'x-forwarded-for': '127.0.0.1' } },
    ])
    expect(configApi.seen[0]?.headers).not.toHaveProperty('authorization')
  })

  it('says what config-api says of a link that does not work', async () => {
    configApi.answer = (_request, response) => tell(response, 410, 'HANDOVER_VOID')
    const answer = await new Browser(running.url).post(`/console/handovers/${step}`, { code: 'c' })
    expect(answer.json()).toMatchObject({ status: 410, code: 'HANDOVER_VOID' })
  })

  it('takes no more than an answer needs', async () => {
    const answer = await new Browser(running.url).post(`/console/handovers/${step}`, { code: 'c'.repeat(9_000) })
    expect(answer.json()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' })
    expect(configApi.seen).toEqual([])
  })
})
