import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { configApiEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { type Production, startProduction } from '../support/production-system.ts'

interface Entry {
  readonly id: string
  readonly account: string
  readonly revision: number
}

let directory: string
let production: Production
let second: ServiceProcess
let webhook: Server
const delivered: Entry[] = []
let isDown = false

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-stream-'))
  writeFileSync(join(directory, 'secret'), `whsec_${Buffer.alloc(32, 7).toString('base64')}`)
  webhook = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request)) as { data: { entries: Entry[] } }
    if (!isDown) delivered.push(...data.entries)
    response.writeHead(isDown ? 503 : 204).end()
  })
  webhook.listen(0, '127.0.0.1')
  await once(webhook, 'listening')
  production = await startProduction({
    configApiOnly: true,
    configApiEnv: {
      AUDIT_WEBHOOK_URL: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
      AUDIT_WEBHOOK_SECRET_FILE: join(directory, 'secret'),
    },
  })
  const { system } = production
  second = await startService({
    entry: configApiEntry,
    env: { PROBER_URL: system.prober.url, ...system.envOf('config-api') },
  })
})

afterAll(async () => {
  await second?.stop()
  await production?.stop()
  webhook?.closeAllConnections()
  webhook?.close()
  rmSync(directory, { recursive: true })
})

it('two instances deliver every entry in order, over an outage of the receiver and the end of one of them', async () => {
  const { system } = production
  const tenants = await Promise.all(Array.from({ length: 4 }, () => system.newTenant()))
  const change = async (url: string, account: string) => {
    const body = JSON.stringify({ label: 'k', scopes: ['forward'] })
    const headers = { authorization: `Bearer ${await system.token()}`, 'content-type': 'application/json' }
    const { status } = await fetch(`${url}/mtls/account/${account}/app-keys`, { method: 'POST', headers, body })
    expect(status).toBe(201)
  }
  const changeAll = async (urls: readonly string[]) => {
    for (const url of urls) await Promise.all(tenants.map(({ id }) => change(url, id)))
  }
  const [first, other] = [system.configApi.url, second.url]
  await changeAll([first, other, first, other])
  isDown = true
  await changeAll([first, other])
  await second.kill()
  isDown = false
  await changeAll([first])
  for (const { id } of tenants) {
    const own = () => delivered.filter(({ account }) => account === id)
    await eventually(
      async () => own().at(-1)?.revision,
      (revision) => revision === 7,
      120_000,
    )
    const ids = own().map((entry) => entry.id)
    const firsts = own().filter((entry, at) => ids.indexOf(entry.id) === at)
    expect(firsts.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5, 6, 7])
  }
})
