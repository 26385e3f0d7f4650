import { describe, expect, it } from '@jest/globals'
import { parseCallArguments } from '../src/call-arguments.ts'
import { callThroughDemo } from '../src/demo-call.ts'
import { writeDemoFile } from '../src/demo-file.ts'
import { startApi } from './api-server.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const url = 'https://localhost:1/demo?a=b'

async function runningDemo() {
  const api = await startApi(() => ({ status: 201, body: { echoed: true } }))
  const dataDir = await temporaryDirectory()
  await writeDemoFile(dataDir, {
    configApi: 'http://127.0.0.1:1',
    forwarderApi: api.url,
    console: 'http://127.0.0.1:1',
    accountId: 'le123',
    bearerToken: 'b',
    appKey: 'le123.key',
    appSecret: 'the-secret',
    serviceName: 'IDP',
    metrics: [],
    targetUrl: url,
    targetCa: 'PEM',
  })
  const call = (...args: string[]) => callThroughDemo({ ...parseCallArguments(args), url }, dataDir)
  return { ...api, dataDir, call }
}

describe('a call through the demo', () => {
  it('is signed with the demo app key and names target and service', async () => {
    const { call, requests } = await runningDemo()
    const response = await call('--url', url)
    expect(response.status).toBe(201)
    expect(requests).toMatchObject([
      {
        method: 'GET',
        path: '/mtls/account/le123',
        headers: { 'lp-forward-url': url, 'lp-service-name': 'IDP' },
        body: '',
      },
    ])
    const authorization = String(requests[0]?.headers.authorization)
    expect(authorization).toMatch(/^OAuth .*oauth_consumer_key="le123\.key".*oauth_signature="/)
    expect(authorization).not.toContain('the-secret')
  })

  it('takes method, service, headers and data as they are given', async () => {
    const { call, requests } = await runningDemo()
    await call('--url', url, '--method', 'PATCH', '--service', '3', '--header', 'x-trace: 1', '--data', 'plain')
    expect(requests).toMatchObject([
      {
        method: 'PATCH',
        headers: { 'lp-service-name': '3', 'x-trace': '1', 'content-type': 'text/plain; charset=utf-8' },
        body: 'plain',
      },
    ])
  })

  it('says of JSON data that it is JSON unless the user says otherwise', async () => {
    const { call, requests } = await runningDemo()
    await call('--url', url, '--data', '{"a":1}')
    await call('--url', url, '--data', '{"a":1}', '--header', 'Content-Type: text/x-own')
    expect(requests.map(({ headers }) => headers['content-type'])).toEqual(['application/json', 'text/x-own'])
  })

  it('ends with a sentence where no demo runs: there is no file, or nothing listens any more', async () => {
    const sentence = /^The demo is not running: .*\. Start it with "npm start" and leave it up\.$/
    const none = callThroughDemo({ ...parseCallArguments(['--url', url]), url }, await temporaryDirectory())
    await expect(none).rejects.toThrow(sentence)
    const { call, close } = await runningDemo()
    await close()
    await expect(call('--url', url)).rejects.toThrow(sentence)
  })
})
