import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { type TestTarget, withTools } from '@mtls-gateway/test-kit'
import { callerEnvironment } from '../support/caller-environment.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

const samples = join(import.meta.dirname, '../../../../docs/samples')

interface Arrived {
  readonly type: string | undefined
  readonly body: Buffer
}

let target: TestTarget
/** What has come to the target, whose connections all presented the certificate. */
const arrived: Arrived[] = []
let system: SharedSystem
let tenant: Tenant
let appKey: AppKey

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget({
    handler: async (request, response) => {
      arrived.push({ type: request.headers['content-type'], body: Buffer.concat(await request.toArray()) })
      response.end('taken')
    },
  })
  tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'caller' }), `${target.url}/token`)
  appKey = await tenant.newAppKey(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

beforeEach(() => {
  arrived.length = 0
})

const form = {
  type: 'application/x-www-form-urlencoded',
  text: 'grant_type=client_credentials&scope=read%20write&scope=%C3%B6%2A~%2B',
}
/** As `URLSearchParams` writes it. */
const formOfFetch = {
  type: 'application/x-www-form-urlencoded;charset=UTF-8',
  text: 'grant_type=client_credentials&scope=read+write&scope=%C3%B6*%7E%2B',
}

/** For a program that ends soon: the time to optimise it never comes back. */
const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

const named = [
  { language: 'curl', command: 'bash', words: ['call.sh'], tools: ['curl', 'openssl'], form },
  { language: 'gatewayFetch', command: process.execPath, words: ['fetch.mjs'], tools: [], form: formOfFetch },
  { language: 'got', command: process.execPath, words: ['call.mjs'], tools: [], form },
  { language: 'Python', command: 'python3', words: ['call.py'], tools: ['requests for Python'], form },
  { language: 'Java', command: 'java', words: [...quick, 'Call.java'], tools: ['a JDK'], form },
  { language: 'Go', command: 'go', words: ['run', 'call.go'], tools: ['Go 1.21'], form },
] as const

const callers = () =>
  callerEnvironment({
    forwarderUrl: system.forwarderApi.url,
    account: tenant.id,
    appKey,
    targetUrl: `${target.url}/token`,
  })

for (const { language, command, words, tools, form } of named) {
  const test = withTools(it, ...tools)
  const run = (env: NodeJS.ProcessEnv) => promisify(execFile)(command, words, { cwd: samples, env })

  // Java 17 reads its sources in the encoding of the locale.
  test(`the sample for ${language} makes signed calls with JSON, a form and bytes, in any locale`, async () => {
    const { stdout } = await run({ ...callers(), LC_ALL: 'C' })
    expect(stdout.match(/taken/g)).toHaveLength(3)
    expect(arrived).toEqual([
      { type: 'application/json', body: Buffer.from('{"amount":"5 €"}') },
      { type: form.type, body: Buffer.from(form.text) },
      { type: 'application/octet-stream', body: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) },
    ])
  })

  test(`the sample for ${language} fails with what the gateway refuses, at the first call`, async () => {
    const failure = run({ ...callers(), APP_SECRET: 'another' })
    await expect(failure).rejects.toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/OAUTH_CREDENTIALS_INVALID/),
    })
  })

  test(`the sample for ${language} fails where FORWARDER_URL is that of config-api`, async () => {
    const failure = run({ ...callers(), FORWARDER_URL: system.configApi.url })
    await expect(failure).rejects.toMatchObject({ stdout: '', stderr: expect.stringMatching(/NOT_FOUND/) })
  })

  test(`the sample for ${language} names a variable that is not set`, async () => {
    const { SERVICE, ...others } = callers()
    await expect(run(others)).rejects.toMatchObject({ stdout: '', stderr: expect.stringMatching(/\bSERVICE\b/) })
    expect(arrived).toEqual([])
  })
}
