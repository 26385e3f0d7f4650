import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { answerRequest, createCa, startTestTarget, type TestTarget, withTools } from '@mtls-gateway/test-kit'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

let target: TestTarget
let system: System
let tenant: Tenant
let appKey: AppKey
/** The base url of the mapping. */
let base: string
let bearer: string

/** `/api/old` leads to `/api/new`, by a whole url. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url !== '/api/old') return answerRequest(request, response)
  response.writeHead(302, { location: `${target.url}/api/new` }).end()
}

beforeAll(async () => {
  target = await startTestTarget({ handler: answer })
  system = await System.start({
    targets: [target],
    forwarderApiEnv: { PROXY_ENTRY: 'true', FORWARD_ACCEPTS: 'oauth1,bearer' },
  })
  tenant = await system.newTenant()
  const identity = await target.clientCa.issue({ commonName: 'unchanged' })
  const { mapping } = await tenant.onboard(identity, `${target.url}/api/*`)
  base = system.forwarderApi.url + tenant.pathTo(mapping)
  appKey = await tenant.newAppKey(['forward'])
  bearer = await system.token([tenant.id], ['forward'])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

beforeEach(() => target.clear())

const programsFolder = join(import.meta.dirname, 'unchanged')
/** For a program that ends soon: the time to optimise it never comes back. */
const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
const withAuthorization = `curl -sS --fail -L \${AUTHORIZATION:+-H "Authorization: $AUTHORIZATION"} "$URL"`

const programs = [
  { client: 'curl', command: 'bash', words: ['-c', withAuthorization], tools: ['curl'] },
  { client: 'requests for Python', command: 'python3', words: ['get.py'], tools: ['requests for Python'] },
  { client: 'HttpClient of Java', command: 'java', words: [...quick, 'Get.java'], tools: ['a JDK'] },
  { client: 'net/http of Go', command: 'go', words: ['run', 'get.go'], tools: ['Go 1.21'] },
] as const

describe.each(programs)('an unchanged program with $client reaches a target that wants a certificate', (program) => {
  const { command, words, tools } = program

  async function run(more: NodeJS.ProcessEnv): Promise<unknown> {
    const env = { ...process.env, no_proxy: '', NO_PROXY: '', ...more }
    const { stdout } = await promisify(execFile)(command, [...words], {
      cwd: programsFolder,
      env,
    })
    expect(target.seen.map(({ url }) => url)).toEqual(['/api/old', '/api/new'])
    return JSON.parse(stdout)
  }

  withTools(it, ...tools)('by the proxy entry, and follows a redirect', async () => {
    const proxy = new URL(system.forwarderApi.url)
    proxy.username = appKey.appKey
    proxy.password = appKey.appSecret
    const url = `${target.url.replace('https:', 'http:')}/api/old`
    const echoed = await run({
      http_proxy: proxy.href.replace(/\/$/, ''),
      URL: url,
      AUTHORIZATION: 'Bearer of-the-target',
    })
    expect(echoed).toMatchObject({ clientCertificate: { commonName: 'unchanged' } })
    // Java's client sends none of its own where it has an Authenticator.
    if (command !== 'java') expect(echoed).toHaveProperty('headers.authorization', 'Bearer of-the-target')
    expect(echoed).not.toHaveProperty('headers.proxy-authorization')
  })

  withTools(it, ...tools)('by base url, and follows a redirect', async () => {
    const echoed = await run({ URL: `${base}/old`, AUTHORIZATION: `Bearer ${bearer}` })
    expect(echoed).toMatchObject({ clientCertificate: { commonName: 'unchanged' } })
    expect(echoed).not.toHaveProperty('headers.authorization')
  })
})

it("an unchanged program with a bank data provider's SDK reaches it by base url", async () => {
  const env = { ...process.env, BASE_URL: base, TOKEN: bearer }
  const { stdout } = await promisify(execFile)(process.execPath, ['institutions.mjs'], { cwd: programsFolder, env })
  const { listed, agreed } = JSON.parse(stdout)
  expect(listed).toMatchObject({ method: 'GET', url: '/api/institutions/?country=GB' })
  expect(agreed).toMatchObject({ method: 'POST', url: '/api/agreements/enduser/' })
  expect(JSON.parse(agreed.body)).toMatchObject({ institution_id: 'BANK_OF_TESTS' })
  for (const echoed of [listed, agreed]) {
    expect(echoed).toMatchObject({ clientCertificate: { commonName: 'unchanged' } })
    expect(echoed.headers['user-agent']).toMatch(/^Nordigen-Node/)
    expect(echoed).not.toHaveProperty('headers.authorization')
  }
})

describe('by TLS to the proxy', () => {
  let byTls: System
  let url: string
  let proxy: string
  let caFile: string
  let otherCaFile: string
  const directory = mkdtempSync(join(tmpdir(), 'proxy-by-tls-'))

  const fileOf = (name: string, text: string) => {
    const file = join(directory, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }

  beforeAll(async () => {
    const [ca, other] = await Promise.all([createCa(), createCa()])
    const identity = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
    caFile = fileOf('ca.pem', ca.certificate)
    otherCaFile = fileOf('other.pem', other.certificate)
    const files = {
      TLS_CERT_FILE: fileOf('certificate.pem', identity.certificate),
      TLS_KEY_FILE: fileOf('key.pem', identity.privateKey),
    }
    byTls = await System.start({ targets: [target], forwarderApiEnv: { PROXY_ENTRY: 'true', ...files } })
    const ofTls = await byTls.newTenant()
    await ofTls.onboard(await target.clientCa.issue({ commonName: 'by TLS' }), `${target.url}/api/*`)
    const key = await ofTls.newAppKey(['forward'])
    url = `${target.url.replace('https:', 'http:')}/api/a`
    proxy = byTls.forwarderApi.url.replace('https://', `https://${key.appKey}:${key.appSecret}@`)
  })

  afterAll(async () => {
    await byTls?.stop()
    rmSync(directory, { recursive: true })
  })

  const verifying = [
    { client: 'curl', command: 'bash', words: ['-c', 'curl -sS --fail --proxy-cacert $CA "$URL"'], tools: ['curl'] },
    { client: 'requests for Python', command: 'python3', words: ['get_by_tls.py'], tools: ['requests for Python'] },
    { client: 'net/http of Go', command: 'go', words: ['run', 'get.go'], tools: ['Go 1.21'] },
  ] as const

  for (const { client, command, words, tools } of verifying) {
    withTools(it, ...tools)(`a program with ${client} reaches it, and gives its secret to no other proxy`, async () => {
      const run = async (ca: string) => {
        const trusting = { CA: ca, REQUESTS_CA_BUNDLE: ca, SSL_CERT_FILE: ca }
        const env = { ...process.env, no_proxy: '', NO_PROXY: '', http_proxy: proxy, URL: url, ...trusting }
        return (await promisify(execFile)(command, [...words], { cwd: programsFolder, env })).stdout
      }
      expect(JSON.parse(await run(caFile))).toMatchObject({ clientCertificate: { commonName: 'by TLS' } })
      target.clear()
      await expect(run(otherCaFile)).rejects.toThrow(/certificate/i)
      expect(target.seen).toEqual([])
    })
  }
})
