import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { lp, mustBe } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

const hotIdentities = 60
const identityBytes = 139 * 1024
const trusts = 600

/** What a forwarder keeps for targetTrust of mappings: TLS contexts, each with its CAs parsed. */
describe('the memory that trusts of targets take', () => {
  let target: TestTarget
  let system: System
  let others: readonly string[]

  beforeAll(async () => {
    target = await startTestTarget()
    others = (await Promise.all(Array.from({ length: 25 }, () => createCa()))).map(({ certificate }) => certificate)
    const forwarderApiEnv = { MAX_HOT_IDENTITIES: String(hotIdentities) }
    system = await System.start({ targets: [target], forwarderApiEnv })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  /** A list of CAs like no other, by which the target can be verified. */
  const trust = (at: number) => ({
    caCertificates: [target.ca, others[at % 25], others[(at + 1 + Math.floor(at / 25)) % 25]].join(''),
  })

  async function newTenant(commonName: string, entries: number, targetTrust?: typeof trust) {
    const tenant = await system.newTenant()
    const certificate = await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName }))
    const urls = Array.from({ length: entries }, (_, at) => `${target.url}/${commonName}/${at}`)
    const bodies = urls.map((url, at) => {
      return { name: `m${at}`, certificationId: certificate.id, serviceId: 'IDP', url, targetTrust: targetTrust?.(at) }
    })
    const mappings: Mapping[] = []
    for (let from = 0; from < bodies.length; from += 100) {
      const saved = await tenant.api.json<Mapping[]>('POST', tenant.path('mappings'), bodies.slice(from, from + 100))
      mustBe(201, saved)
      mappings.push(...saved.body)
    }
    const caller = await tenant.newCaller(['forward'])
    const call = (at: number) => caller.json('GET', tenant.forwardPath, undefined, lp(urls[at] ?? ''))
    /** The socket of a call's connection. */
    const socketOf = async (at: number) => {
      mustBe(200, await call(at))
      return target.seen.at(-1)?.socketId
    }
    return { tenant, mappings, call, socketOf }
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${system.forwarderApi.managementUrl}/metrics`)).text()
    const line = text.split('\n').find((each) => each.startsWith(`${name} `))
    if (line === undefined) throw new Error(`${name} is not in the metrics`)
    return Number(line.slice(name.length))
  }
  const bytesInUse = () => metric('bulkhead_in_use{pool="hot-identities"}')

  it('is given back as soon as a mapping trusts otherwise: edits with calls between leave one context', async () => {
    const { tenant, mappings, socketOf } = await newTenant('edited', 1, trust)
    const [mapping] = mappings
    let socket = await socketOf(0)
    for (let edit = 1; edit <= 8; edit++) {
      const body = { ...mapping, targetTrust: trust(edit) }
      mustBe(200, await tenant.api.json('PUT', tenant.path(`mappings/${mapping?.id}`), body))
      const before = socket
      socket = await eventually(
        () => socketOf(0),
        (now) => now !== before,
      )
    }
    await eventually(
      () => metric('target_tls_contexts'),
      (contexts) => contexts === 1,
    )
    expect(await metric('target_callers')).toBe(1)
  })

  it('is bounded whatever one account asks for, and another keeps its connection meanwhile', async () => {
    const quiet = await newTenant('quiet', 1)
    const greedy = await newTenant('greedy', trusts, trust)
    const socket = await quiet.socketOf(0)
    let most = 0
    let answered = 0
    for (let at = 0; at < trusts; at++) {
      const { status, body } = await greedy.call(at)
      // It also gets only its share of what takes the event loop: the pool `tls-contexts`.
      if (status === 200) answered++
      else expect(body).toMatchObject({ code: 'TOO_MANY_CALLS' })
      // More calls in between than there is room for identities: without a share, the least recently used would go.
      if (at % (2 * hotIdentities) !== 0) continue
      expect(await quiet.socketOf(0)).toBe(socket)
      most = Math.max(most, await bytesInUse())
    }
    expect(answered).toBeGreaterThan(3 * hotIdentities)
    expect(most).toBeGreaterThan((hotIdentities / 4) * identityBytes)
    // Half of all is the share of one account; the other has one, and the account before has one with its CAs.
    expect(most).toBeLessThanOrEqual((hotIdentities / 2 + 3) * identityBytes)
    expect(await metric('target_tls_contexts')).toBeLessThanOrEqual(hotIdentities / 2 + 2)
    expect(await metric('bulkhead_limit{pool="hot-identities"}')).toBe(hotIdentities * identityBytes)
  })
})
