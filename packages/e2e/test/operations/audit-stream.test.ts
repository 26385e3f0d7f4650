import { hash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { AuditEntry } from '@mtls-gateway/contract'
import { findInChain } from '@mtls-gateway/domain'
import { eventually } from '../support/eventually.ts'
import { OtlpCollector } from '../support/otlp-collector.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'

interface Entry extends AuditEntry {
  readonly id: string
  readonly account: string
}

const sha256 = (value: string) => hash('sha256', value)

let directory: string
let system: System
let collector: OtlpCollector
let webhook: Server
let delivered: Entry[] = []
/** What the webhook does with a message that has come. */
let answer: (response: ServerResponse) => void | Promise<void>
const takes = (response: ServerResponse) => void response.writeHead(204).end()

const file = () => join(directory, 'audit.jsonl')
/** It is made with the first entry, and has whole lines up to the last line feed. */
const inFile = () =>
  (existsSync(file()) ? readFileSync(file(), 'utf8') : '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry)
const inLogs = () => collector.logs.map(({ body }) => JSON.parse(body) as Entry)
const of = (account: string, entries: readonly Entry[]) => entries.filter((entry) => entry.account === account)
const trailOf = async (tenant: Tenant) =>
  (await tenant.api.json<readonly AuditEntry[]>('GET', tenant.path('audit'))).body.toReversed()

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-stream-'))
  writeFileSync(join(directory, 'secret'), `whsec_${Buffer.alloc(32, 7).toString('base64')}`)
  collector = await OtlpCollector.start()
  webhook = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request)) as { data: { entries: Entry[] } }
    delivered.push(...data.entries)
    await answer(response)
  })
  webhook.listen(0, '127.0.0.1')
  await once(webhook, 'listening')
  answer = takes
  system = await System.start({
    configApiOnly: true,
    configApiEnv: {
      AUDIT_WEBHOOK_URL: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
      AUDIT_WEBHOOK_SECRET_FILE: join(directory, 'secret'),
      AUDIT_OTLP_ENDPOINT: collector.endpoint,
      AUDIT_FILE: file(),
    },
  })
})

afterAll(async () => {
  await system?.stop()
  webhook?.closeAllConnections()
  webhook?.close()
  await collector?.close()
  rmSync(directory, { recursive: true })
})

beforeEach(() => {
  answer = takes
})

describe('the stream of the audit', () => {
  it('brings the trail of an account to each receiver as the API shows it, and no secret', async () => {
    const tenant = await system.newTenant()
    const { appSecret } = await tenant.newAppKey()
    const settings = { webhook: { url: 'https://hooks.example/' } }
    const { body } = await tenant.api.json<{ webhook: { secret: string } }>('PUT', tenant.path('settings'), settings)
    await tenant.newAppKey()
    const trail = await trailOf(tenant)
    for (const entries of [() => delivered, inFile, inLogs]) {
      await eventually(
        async () => of(tenant.id, entries()).length,
        (count) => count === 3,
      )
      const got = of(tenant.id, entries())
      expect(got).toEqual(trail.map((entry) => ({ ...entry, id: idOf(tenant, entry), account: tenant.id })))
      const asShown = got.map(({ id: _, account: _account, ...entry }) => entry)
      const findings = asShown.map((entry, at) => findInChain(tenant.id, asShown[at - 1], entry, sha256))
      expect(findings).toEqual(['fits', 'fits', 'fits'])
      for (const secret of [appSecret, body.webhook.secret]) expect(JSON.stringify(got)).not.toContain(secret)
    }
    const log = collector.logs.find(({ attributes }) => attributes['mtls.account'] === tenant.id)
    expect(log).toMatchObject({
      service: 'config-api',
      at: Date.parse(trail[0]?.at ?? ''),
      attributes: { 'log.record.uid': of(tenant.id, inLogs())[0]?.id, 'mtls.audit.action': 'app-keys.create' },
    })
  })

  it('delivers again, with the same ids, what was delivered when config-api was killed', async () => {
    const tenant = await system.newTenant()
    await tenant.newAppKey()
    await eventually(
      async () => of(tenant.id, delivered).length,
      (count) => count === 1,
    )
    const killed = Promise.withResolvers<void>()
    answer = async () => {
      answer = takes
      // It has come, and nobody is told so.
      await system.stopConfigApi('kill')
      killed.resolve()
    }
    await tenant.newAppKey()
    await killed.promise
    await system.startConfigApi()
    const again = await system.newTenant(tenant.id)
    await again.newAppKey()
    const trail = await trailOf(again)
    await eventually(
      async () => of(tenant.id, delivered).at(-1)?.revision,
      (revision) => revision === 3,
    )
    const ids = of(tenant.id, delivered).map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(3)
    expect([...new Set(ids)]).toEqual(trail.map((entry) => idOf(tenant, entry)))
    await eventually(
      async () => of(tenant.id, inFile()).at(-1)?.revision,
      (revision) => revision === 3,
    )
    expect([...new Set(of(tenant.id, inFile()).map(({ id }) => id))]).toEqual([...new Set(ids)])
  })

  it('finds after a restart what was not delivered, although nobody asks for the account', async () => {
    const tenant = await system.newTenant()
    answer = (response) => void response.writeHead(500).end()
    await tenant.newAppKey()
    await eventually(
      async () => of(tenant.id, inFile()).length,
      (count) => count === 1,
    )
    await system.stopConfigApi('kill')
    delivered = []
    answer = takes
    await system.startConfigApi()
    await eventually(
      async () => of(tenant.id, delivered).length,
      (count) => count > 0,
    )
    expect(new Set(of(tenant.id, delivered).map(({ revision }) => revision))).toEqual(new Set([1]))
  })
})

function idOf(tenant: Tenant, { revision, hash: own }: AuditEntry): string {
  return `${tenant.id}.${revision}.${own?.slice(0, 16)}`
}
