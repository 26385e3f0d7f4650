import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { root } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

let target: TestTarget
let system: System
let tenant: Tenant

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target] })
  tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'observed' }), `${target.url}/`)
  const caller = await tenant.newCaller()
  for (const path of ['/', '/unmapped']) {
    await caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(target.url + path) })
  }
  await caller.json('POST', '/mtls/mapping', [{ serviceName: 'IDP', accountId: tenant.id, url: `${target.url}/` }])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

describe.each(['config-api', 'forwarder-api'] as const)('%s', (service) => {
  const process = () => (service === 'config-api' ? system.configApi : system.forwarderApi)
  const client = () => (service === 'config-api' ? system.toConfigApi() : system.toForwarderApi())

  it('says that it lives and is ready', async () => {
    expect((await client().json('GET', '/health/live')).status).toBe(200)
    const ready = await client().json('GET', '/health/ready')
    expect(ready).toMatchObject({ status: 200, body: { status: 'ok', checks: expect.anything() } })
  })

  it('shows its documentation', async () => {
    const docs = await client().json<string>('GET', '/docs')
    expect(docs.status).toBe(200)
    expect(docs.body).toMatch(/openapi|swagger/i)
    const document = await client().json<{ paths: object }>('GET', '/docs-json')
    expect(document).toMatchObject({ status: 200, body: { openapi: expect.stringMatching(/^3\./) } })
    expect(Object.keys(document.body.paths).length).toBeGreaterThan(2)
  })

  it('has metrics on the management port alone, without tenants in them', async () => {
    const metrics = await fetch(`${process().managementUrl}/metrics`)
    const text = await metrics.text()
    expect(metrics.status).toBe(200)
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(text).toMatch(/^# (HELP|TYPE) /m)
    expect(text).not.toContain(tenant.id)
    expect(text).not.toContain(target.url)
    expect((await client().raw({ method: 'GET', path: '/metrics' })).status).toBe(404)
    expect(process().managementUrl).not.toBe(process().url)
    expect(process().managementUrl).toMatch(/\/\/(127\.0\.0\.1|localhost|\[::1\])/)
  })

  it('says which build it is on the management port alone, as its metrics do', async () => {
    const built = join(root, 'apps', service, 'dist')
    const { version } = JSON.parse(readFileSync(join(built, '../package.json'), 'utf8'))
    const commit = existsSync(join(built, 'commit')) ? readFileSync(join(built, 'commit'), 'utf8').trim() : 'unknown'
    const answer = await fetch(`${process().managementUrl}/version`)
    expect(await answer.json()).toEqual({ name: service, version, commit, node: expect.stringMatching(/^\d+\./) })
    const metrics = await (await fetch(`${process().managementUrl}/metrics`)).text()
    expect(metrics).toContain(`{service="${service}",version="${version}",commit="${commit}"} 1\n`)
    expect((await client().raw({ method: 'GET', path: '/version' })).status).toBe(404)
  })

  it('gives each answer an X-Request-Id of its own, which its log names', async () => {
    const paths = ['/health/live', '/nowhere', '/mtls/account/x/certificates', '/mtls/account/x']
    const answers = await Promise.all(paths.map((path) => client().raw({ method: 'GET', path })))
    const ids = answers.map(({ headers }) => String(headers['x-request-id']))
    expect(new Set(ids).size).toBe(paths.length)
    for (const id of ids) expect(id).toMatch(/^[\w-]{8,}$/)
    // The log is written behind the answer.
    await eventually(
      async () => process().output,
      (output) => output.includes(ids[2] ?? ''),
    )
  })

  it('logs JSON, a line each', () => {
    const lines = process()
      .output.split('\n')
      .filter((line) => line !== '')
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
  })
})
