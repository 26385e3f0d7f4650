import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiClient,
  createCa,
  type EchoedRequest,
  startTestTarget,
  type TestCa,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'

/** Forwarders tell how calls went each 5 s, and that is looked at each 2 s: with some room for a busy machine. */
const withinMs = 20_000
const names = ['takesBoth', 'takesTheOld', 'replaced', 'wasFailing'] as const
type Name = (typeof names)[number]

let cas: readonly TestCa[]
/** Who is told. */
let hook: TestTarget
const told: { readonly type: string; readonly data: object }[] = []
const targets = new Map<Name, TestTarget>()
let system: System
let tenant: Tenant
let caller: ApiClient
let rotation: Rotation

/** Clients of each of these CAs, and of no other. */
async function start(name: Name, trusted: readonly (TestCa | undefined)[], like?: TestTarget): Promise<void> {
  const [first] = trusted
  if (first === undefined) throw new TypeError('it trusts some CA')
  const clientCa = { ...first, certificate: trusted.map((ca) => ca?.certificate).join('\n') }
  targets.set(name, await startTestTarget({ clientCa, ...(like && { serverCa: like.serverCa, port: like.port }) }))
}

beforeAll(async () => {
  cas = await Promise.all(['Old CA', 'New CA', 'Other CA'].map((name) => createCa({ name })))
  const [old, next, other] = cas
  await start('takesBoth', [old, next])
  await start('takesTheOld', [old])
  await start('replaced', [old])
  await start('wasFailing', [other])
  hook = await startTestTarget({
    requireClientCertificate: false,
    handler: async (request, response) => {
      told.push(JSON.parse((await request.toArray()).join('')))
      response.writeHead(204).end()
    },
  })
  system = await System.start({ targets: [...targets.values(), hook] })
  tenant = await system.newTenant()
  caller = await tenant.newCaller()
})

afterAll(async () => {
  await system?.stop()
  await hook?.close()
  for (const target of targets.values()) await target.close()
})

const urlOf = (name: Name) => `${targets.get(name)?.url}/`
/** Who the target sees, or how the call failed. */
async function call(name: Name): Promise<string | number | undefined> {
  const { status, body } = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(urlOf(name)))
  return status === 200 ? body.clientCertificate?.commonName : status
}
async function callsOf(name: Name, count: number) {
  const seen = []
  for (let calls = 0; calls < count; calls++) seen.push(await call(name))
  return seen
}

describe('a target that refuses what a plan has put in use', () => {
  it('gets the version before again, alone, unless it was failing before or refuses that as well', async () => {
    const [old, next, other] = cas
    const notAfter = new Date(Date.now() + 30 * 86_400_000)
    const issued = await Promise.all(
      [old, next].map((ca, index) => ca?.issue({ commonName: `v${index + 1}`, notAfter })),
    )
    const [v1, v2] = issued
    if (!v1 || !v2) throw new TypeError('both are issued')
    const certificate = await tenant.saveCertificate('c1', v1)
    for (const name of names) {
      await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url: urlOf(name), name })
    }
    rotation = new Rotation(tenant, certificate.id)
    const plan = { profile: 'local', renewAt: 0.95, rollBack: 'auto' }
    mustBe(200, await tenant.api.json('PUT', rotation.path('plan'), plan))
    const notices = [{ channel: 'webhook', to: `${hook.url}/` }]
    mustBe(200, await tenant.api.json('PUT', tenant.path('settings'), { notices }))
    await eventually(
      () => call('takesBoth'),
      (seen) => seen === 'v1',
    )
    for (const name of names) await callsOf(name, 4)
    // What was told of these calls is of before the promotion.
    await setTimeout(6_000)

    const replaced = targets.get('replaced')
    await replaced?.close()
    await start('replaced', [other], replaced)
    await rotation.stage(v2)
    mustBe(200, await rotation.post(promotion))
    await eventually(
      () => call('takesBoth'),
      (seen) => seen === 'v2',
    )

    for (const name of names) await callsOf(name, 4)
    await eventually(
      () => call('takesTheOld'),
      (seen) => seen === 'v1',
      withinMs,
    )
    const states = await eventually(
      async () => new Map((await rotation.get()).promotion?.mappings.map((each) => [each.url, each])),
      (told) => told.get(urlOf('replaced'))?.code !== undefined,
    )
    const refused = expect.stringMatching(/^(SOCKET_CLOSED|ECONNRESET|TARGET_REJECTED_CLIENT_CERTIFICATE)$/)
    expect(states.get(urlOf('takesTheOld'))).toMatchObject({ state: 'rolledBack', code: refused })
    expect(states.get(urlOf('replaced'))).toMatchObject({ state: 'presents', code: refused })
    for (const name of ['takesBoth', 'wasFailing'] as const) {
      expect(states.get(urlOf(name))).toMatchObject({ state: 'presents' })
      expect(states.get(urlOf(name))).not.toHaveProperty('code')
    }
    expect(await call('takesBoth')).toBe('v2')

    // Once each, whatever is called from now on.
    for (const name of names) await callsOf(name, 4)
    await setTimeout(8_000)
    const url = (name: Name) => expect.objectContaining({ url: urlOf(name), code: refused })
    expect(told.toSorted((one, other) => one.type.localeCompare(other.type))).toEqual([
      expect.objectContaining({ type: 'mapping.rolled-back', data: url('takesTheOld') }),
      expect.objectContaining({ type: 'plan.failed', data: url('replaced') }),
    ])
    const { body } = await tenant.api.json<readonly { readonly action: string; readonly actor: string }[]>(
      'GET',
      tenant.path('audit'),
    )
    const changes = body.filter(({ action }) => /roll-back|note-refusal/.test(action))
    expect(changes.map(({ action, actor }) => `${actor} ${action}`).sort()).toEqual([
      'plan certificates.note-refusal',
      'plan certificates.roll-back-mappings',
    ])
  })
})
