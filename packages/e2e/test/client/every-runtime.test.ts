import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { answerRequest, type TestTarget, withTools } from '@mtls-gateway/test-kit'
import { callerEnvironment } from '../support/caller-environment.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

const program = join(import.meta.dirname, 'every-runtime.mjs')
/** That of the machine, which may be older than the one that the tests run on. */
const [otherNode = process.execPath] = (process.env.PATH ?? '')
  .split(delimiter)
  .map((directory) => join(directory, 'node'))
  .filter((path) => !path.includes('node_modules') && existsSync(path))
const runtimes = [
  { name: 'Node', command: process.execPath, words: [], tools: [] },
  { name: 'the Node of the machine', command: otherNode, words: [], tools: [] },
  { name: 'Deno', command: 'deno', words: ['run', '--quiet', '--allow-all'], tools: ['Deno'] },
  { name: 'Bun', command: 'bun', words: ['run'], tools: ['Bun'] },
] as const

let system: SharedSystem
let tenant: Tenant
let target: TestTarget
let appKey: AppKey
/** Resolves when the connection of an answer that never ends has ended. */
let endlessClosed: Promise<void>
let onEndlessClosed = () => {}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/redirect') response.writeHead(307, { location: '/elsewhere' }).end()
  else if (request.url === '/endless') {
    response.once('close', () => onEndlessClosed())
    response.writeHead(200).write('the beginning')
  } else await answerRequest(request, response)
}

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget({ requireClientCertificate: false, handler: answer })
  tenant = await system.newTenant()
  appKey = await tenant.newAppKey(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

beforeEach(() => {
  const closed = Promise.withResolvers<void>()
  endlessClosed = closed.promise
  onEndlessClosed = closed.resolve
})

for (const { name, command, words, tools } of runtimes) {
  withTools(it, ...tools)(
    `on ${name} gatewayFetch streams, aborts, hands redirects back and throws codes`,
    async () => {
      const facts = { forwarderUrl: system.forwarderApi.url, account: tenant.id, appKey, targetUrl: target.url }
      const env = callerEnvironment(facts)
      const { stdout } = await promisify(execFile)(command, [...words, program], { env })
      expect(JSON.parse(stdout)).toEqual({
        redirect: [307, '/elsewhere', false],
        form: ['application/x-www-form-urlencoded;charset=UTF-8', 'a=1+%26+2&b=%C3%B6%2B'],
        bytes: true,
        stream: 'first half, second half',
        beginning: 'the beginning',
        abort: true,
        cancelled: true,
        codes: ['TARGET_URL_NOT_HTTPS', 'OAUTH_CREDENTIALS_INVALID', 'NO_CERTIFICATE_FOR_CALL'],
      })
      await endlessClosed
    },
  )
}
