import { describe, expect, it } from '@jest/globals'
import { answerJson, answerText } from '../src/answer-text.ts'
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
    accountId: 'le123',
    bearerToken: 'b',
    adminToken: 'a',
    appKey: 'le123.key',
    appSecret: 'the-secret',
    serviceName: 'IDP',
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

describe('an answer', () => {
  const headers = {
    'content-type': 'application/problem+json; charset=utf-8',
    'lp-answered-by': 'gateway',
    'content-length': '17',
    'www-authenticate': ['OAuth', 'Bearer'],
  }
  const response = { status: 424, headers, body: Buffer.from('{"code":"TIMEOUT"}') }

  it('is shown with its status, the headers that matter and its body made readable', () => {
    expect(answerText(response, false).split('\n')).toEqual([
      '424 Failed Dependency',
      'content-type: application/problem+json; charset=utf-8',
      'www-authenticate: OAuth, Bearer',
      'lp-answered-by: gateway',
      '',
      '{',
      '  "code": "TIMEOUT"',
      '}',
    ])
  })

  it('is one object with --json', () => {
    expect(JSON.parse(answerJson(response))).toEqual({ status: 424, headers, body: { code: 'TIMEOUT' } })
  })

  it('whose body is empty, no text, or broken JSON is shown all the same', () => {
    const shown = (body: Buffer) =>
      answerText({ status: 204, headers: { 'content-type': 'application/json' }, body }, false)
    expect(shown(Buffer.alloc(0))).toBe('204 No Content\ncontent-type: application/json')
    expect(shown(Buffer.from('{"a'))).toMatch(/\n\n\{"a$/)
    expect(shown(Buffer.from([0xff, 0xfe, 0]))).toMatch(/\n\n\(3 bytes that are no text\)$/)
  })
})
