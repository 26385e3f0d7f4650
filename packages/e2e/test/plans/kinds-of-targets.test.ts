import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type CreatedHandover, configApi, type OpenedHandover, type Plan } from '@mtls-gateway/contract'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { ContractClient } from '../support/contract-client.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import type { Certificate } from '../support/wire.ts'

/** `any`: takes each certificate of its CA; `late` and `single`: those that its owner has registered, or the one. */
const names = ['any', 'late', 'single'] as const
type Name = (typeof names)[number]

interface Call {
  readonly at: number
  readonly status: number
  readonly presented: string
}

const registered: Readonly<Record<'late' | 'single', Set<string>>> = { late: new Set(), single: new Set() }
const targets = new Map<Name, TestTarget>()
const calls = new Map<Name, Call[]>(names.map((name) => [name, []]))

let issuer: TestIssuer
let system: System
let tenant: Tenant
let caller: ApiClient

/** What a target does whose owner registers each certificate by hand. */
function knowing(known: ReadonlySet<string>) {
  return (request: IncomingMessage, response: ServerResponse) => {
    // An https server's sockets are TLS sockets.
    const { fingerprint256 = '' } = (request.socket as TLSSocket).getPeerX509Certificate() ?? {}
    response.writeHead(known.has(plain(fingerprint256)) ? 200 : 403).end()
  }
}
const plain = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase()

beforeAll(async () => {
  const any = await startTestTarget()
  const { clientCa } = any
  targets.set('any', any)
  targets.set('late', await startTestTarget({ clientCa, handler: knowing(registered.late) }))
  targets.set('single', await startTestTarget({ clientCa, handler: knowing(registered.single) }))
  issuer = await TestIssuer.open(clientCa, 7_200)
  system = await System.start({ targets: [...targets.values(), issuer], configApiEnv: issuer.env })
  tenant = await system.newTenant()
  caller = await tenant.newCaller()
})

afterAll(async () => {
  await system?.stop()
  for (const target of targets.values()) await target.close()
  await issuer?.close()
})

const urlOf = (name: Name) => `${targets.get(name)?.url}/`
async function call(name: Name): Promise<Call> {
  const { status, headers } = await caller.json('GET', tenant.forwardPath, undefined, lp(urlOf(name)))
  const presented = String(headers['lp-presented-certificate'] ?? '').replace('sha256=', '')
  return { at: Date.now(), status, presented }
}
const last = (name: Name) => calls.get(name)?.at(-1)
const since = (name: Name, from: number) => calls.get(name)?.filter(({ at }) => at >= from) ?? []

describe('a renewal, target by target', () => {
  it('reaches each target when it can take the next certificate, and not before', async () => {
    const issued = await tenant.api.json<Certificate>('POST', tenant.path('certificates/issue'), {
      name: 'client',
      profile: 'test',
      subject: { commonName: 'client' },
    })
    mustBe(201, issued)
    const { id, fingerprintSha256 } = issued.body
    const first = fingerprintSha256 ?? ''
    const path = (below: string) => tenant.path(`certificates/${id}/${below}`)
    const certificate = async () => (await tenant.api.json<Certificate>('GET', tenant.path(`certificates/${id}`))).body
    for (const known of Object.values(registered)) known.add(first)
    const mappings = new Map<Name, number>()
    for (const name of names) {
      const made = await tenant.map({ certificationId: id, serviceId: 'IDP', url: urlOf(name), name })
      mappings.set(name, made.id)
    }
    const plan = { profile: 'test', renewAt: 0.95, promote: 'eachTarget' }
    mustBe(200, await tenant.api.json<Plan>('PUT', path('plan'), plan))
    await eventually(
      () => call('single'),
      ({ status }) => status === 200,
    )

    const begun = Date.now()
    let isOver = false
    const callers = names.map(async (name) => {
      while (!isOver) {
        calls.get(name)?.push(await call(name))
        await setTimeout(20)
      }
    })

    mustBe(200, await tenant.api.json<Plan>('POST', path('plan/run')))
    const { staged } = await eventually(certificate, ({ promotion }) => promotion?.left === 2)
    const next = staged?.fingerprintSha256 ?? ''
    await eventually(
      async () => last('any')?.presented,
      (presented) => presented === next,
    )
    expect([last('late')?.presented, last('single')?.presented]).toEqual([first, first])

    // It takes both for a while. The plan asks again in a minute; somebody has it ask now.
    registered.late.add(next)
    // The test fails, as one target does not know it yet; those that do get it all the same.
    expectProblem(await tenant.api.json('POST', path('plan/run')), 409, 'STAGED_PROBE_FAILED')
    await eventually(
      async () => last('late')?.presented,
      (presented) => presented === next,
    )
    expect(last('single')?.presented).toBe(first)

    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const body = { label: 'Owner', mappings: [mappings.get('single')], expiresAt }
    const handedOver = await tenant.api.json<CreatedHandover>('POST', path('handovers'), body)
    mustBe(201, handedOver)
    const owner = new ContractClient(configApi, { baseUrl: system.configApi.url })
    const { code } = handedOver.body
    const { body: shown } = await owner.json<OpenedHandover>('POST', '/mtls/handovers/open', { code })
    const goneAt = Date.now()
    registered.single.clear()
    await setTimeout(1_000)
    registered.single.add(next)
    const answer = { code, fingerprintSha256: shown.next?.fingerprintSha256, mappings: body.mappings }
    mustBe(200, await owner.json('POST', '/mtls/handovers/answer', answer))
    const answeredAt = Date.now()
    const renewed = await eventually(certificate, ({ promotion }) => promotion === undefined)
    expect(renewed).toMatchObject({ fingerprintSha256: next, previous: { fingerprintSha256: first } })
    await eventually(
      async () => last('single')?.status,
      (status) => status === 200,
    )
    const backAt = last('single')?.at ?? 0
    await setTimeout(500)
    isOver = true
    await Promise.all(callers)

    for (const name of ['any', 'late'] as const) {
      expect(since(name, begun).filter(({ status }) => status !== 200)).toEqual([])
    }
    const failed = since('single', begun).filter(({ status }) => status !== 200)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.filter(({ at, presented }) => at < goneAt || at > backAt || presented !== first)).toEqual([])
    expect(backAt - answeredAt).toBeLessThan(10_000)
    for (const name of names) {
      const order = since(name, begun).map(({ presented }) => presented)
      expect(order).toEqual([...order].sort((one, other) => Number(one === next) - Number(other === next)))
    }
  })
})
