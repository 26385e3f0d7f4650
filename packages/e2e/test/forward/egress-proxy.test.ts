import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiClient,
  Canary,
  type ConnectProxy,
  createCa,
  makePkcs12,
  startConnectProxy,
  startTestTarget,
  type TestCa,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
import { Rotation } from '../support/rotation.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

const canary = new Canary()
const password = canary.plant('the proxy’s password')
const directory = mkdtempSync(join(tmpdir(), 'egress-proxies-'))
const file = join(directory, 'proxies.json')

let target: TestTarget
let proxyCa: TestCa
/** Over TLS. */
let proxy: ConnectProxy
let refusing: ConnectProxy
let system: System
let tenant: Tenant
let caller: ApiClient
let rotation: Rotation

const at = ({ port }: ConnectProxy) => ({ url: `http://127.0.0.1:${port}`, username: 'gateway', password })
const overTls = ({ port }: ConnectProxy) => ({
  ...at(proxy),
  url: `https://localhost:${port}`,
  ca: proxyCa.certificate,
})

function write(proxies: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(proxies))
  renameSync(`${file}.new`, file)
}

beforeAll(async () => {
  target = await startTestTarget()
  proxyCa = await createCa()
  proxy = await startConnectProxy(undefined, await proxyCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] }))
  refusing = await startConnectProxy(() => 'HTTP/1.1 403 Forbidden\r\n\r\n')
  write({ '*': overTls(proxy) })
  system = await System.start({ targets: [target], env: { EGRESS_PROXIES_FILE: file, LOG_LEVEL: 'trace' } })
  tenant = await system.newTenant()
  const { certificate } = await tenant.onboard(await target.clientCa.issue({ commonName: 'one' }), `${target.url}/`)
  rotation = new Rotation(tenant, certificate.id)
  caller = await tenant.newCaller(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await Promise.all([target?.close(), proxy?.close(), refusing?.close()])
  rmSync(directory, { recursive: true })
})

const call = () => caller.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/`))

/** How many tunnels were asked for meanwhile. */
async function tunnels(work: () => Promise<unknown>): Promise<number> {
  const before = proxy.requests.length
  await work()
  return proxy.requests.length - before
}

describe('through the proxy of an account', () => {
  it('go its calls, which present their certificates', async () => {
    expect(await tunnels(async () => expect((await call()).status).toBe(200))).toBe(1)
    expect(target.seen.at(-1)?.clientCertificate?.commonName).toBe('one')
    expect(proxy.requests.at(-1)).toEqual({
      authority: `127.0.0.1:${new URL(target.url).port}`,
      authorization: `Basic ${Buffer.from(`gateway:${password}`).toString('base64')}`,
    })
  })

  it('goes what is probed', async () => {
    expect((await rotation.stage(await target.clientCa.issue({ commonName: 'two' }))).status).toBe(201)
    const probed = await tunnels(async () => {
      expect((await rotation.post('staged/probe')).body).toMatchObject({ ok: true })
    })
    expect(probed).toBeGreaterThan(0)
  })

  it('go the calls of the key tester', async () => {
    const identity = await target.clientCa.issue({ commonName: 'tested' })
    const content = makePkcs12({ identity, password: 'secret' })
    const tested = await tunnels(async () => {
      const answer = await tenant.api.multipart(
        'POST',
        tenant.path('p12-test/multipart'),
        { password: 'secret' },
        { file: { fileName: 'a.p12', content } },
        { 'LP-forward-url': `${target.url}/` },
      )
      expect(answer.status).toBe(200)
    })
    expect(tested).toBe(1)
  })

  it('go its webhooks', async () => {
    await tenant.api.json('PUT', tenant.path('settings'), { webhook: { url: `${target.url}/hook` } })
    expect(await tunnels(() => tenant.api.json('POST', tenant.path('settings/webhook/test')))).toBe(1)
  })
})

it('another proxy in the file is used by the next calls, and its refusals are its own', async () => {
  write({ '*': overTls(proxy), [tenant.id]: at(refusing) })
  const refused = await eventually(call, ({ status }) => status === 424)
  const { detail } = expectProblem(refused, 424, 'TARGET_UNREACHABLE')
  expect(refused.headers['lp-error-from-transport']).toBe('EGRESS_PROXY_REFUSED')
  expectSentence(detail)
  expect(detail).toMatch(/egress proxy .* \(HTTP 403\)\. The gateway's operator/)
  // More than open a circuit.
  const more = await Promise.all(Array.from({ length: 12 }, call))
  expect(new Set(more.map(({ status }) => status))).toEqual(new Set([424]))
  write({ '*': at(refusing), [tenant.id]: 'direct' })
  expect(await tunnels(() => eventually(call, ({ status }) => status === 200))).toBe(0)
})

it('the password of a proxy is in no line and no metric of the services', async () => {
  const metrics = await Promise.all(
    [system.configApi, system.forwarderApi].map(async ({ managementUrl }) =>
      (await fetch(`${managementUrl}/metrics`)).text(),
    ),
  )
  expect(metrics[1]).toMatch(/forward_transport_failures_total\{[^}]*EGRESS_PROXY_REFUSED/)
  expect(canary.findIn({ output: system.output, metrics: metrics.join('\n') })).toEqual([])
})
