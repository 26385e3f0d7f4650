import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type EchoedRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { RotatedTenant } from '../support/rotated-tenant.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { System } from '../support/system.ts'
import { lp, mustBe } from '../support/tenant.ts'
import type { Probe } from '../support/wire.ts'

interface Call {
  readonly startedAt: number
  readonly endedAt: number
  readonly status: number
  readonly presented: string | undefined
}

/** Callers of one forwarder, each with its next call as soon as the last one is answered. */
class Callers {
  readonly calls: Call[] = []
  readonly #running: Promise<unknown>
  #over = false

  constructor(call: () => Promise<Call>, count: number) {
    const run = async () => {
      while (!this.#over) this.calls.push(await call())
    }
    this.#running = Promise.all(Array.from({ length: count }, run))
  }

  async stop(): Promise<readonly Call[]> {
    this.#over = true
    await this.#running
    return this.calls
  }
}

/** From the answer of a change to the first one that says `complete`, in milliseconds. */
const completeWithinMs = 2_000

describe('promoting while callers of two forwarders use the certificate', () => {
  let target: TestTarget
  let system: System
  let rotated: RotatedTenant
  let rotation: Rotation
  /** How long each change took until it was complete, in milliseconds. */
  const completions: number[] = []

  beforeAll(async () => {
    target = await startTestTarget()
    system = await System.start({ targets: [target], moreForwarders: [{}] })
    const old = await target.clientCa.issue({ commonName: 'old' })
    rotated = await RotatedTenant.onboard(system, old, `${target.url}/load`)
    rotation = new Rotation(rotated.tenant, rotated.certificate)
    const next = await target.clientCa.issue({ commonName: 'new' })
    mustBe(201, await rotation.stage(next))
    const probed = await rotation.post<Probe>('staged/probe')
    expect(probed.body).toMatchObject({ ok: true })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  async function call(caller: ApiClient): Promise<Call> {
    const startedAt = performance.now()
    const { tenant } = rotated
    const headers = lp(`${target.url}/load`)
    const { status, body } = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers)
    return { startedAt, endedAt: performance.now(), status, presented: body.clientCertificate?.commonName }
  }

  it.each([
    { step: promotion, from: 'old', to: 'new' },
    { step: 'rollback', from: 'new', to: 'old' },
    { step: 'rollback', from: 'old', to: 'new' },
  ])('by $step fails no call, is complete, and none goes back from $to to $from', async ({ step, from, to }) => {
    const forwarders = [system.forwarderApi, ...system.moreForwarders]
    const groups = forwarders.map((forwarder) => {
      const caller = rotated.caller(forwarder)
      return new Callers(() => call(caller), 8)
    })
    const each = (isSo: (calls: readonly Call[]) => boolean) =>
      eventually(
        async () => groups.map(({ calls }) => calls.length),
        () => groups.every(({ calls }) => isSo(calls)),
      )
    await each((calls) => calls.length > 20)
    // Also for the 5 s after the start of a Redis, in which it can not be told.
    await rotated.propagated(({ complete, instances }) => complete && instances.length === forwarders.length)

    mustBe(200, await rotation.post(step))
    const answeredAt = performance.now()
    const { revision, instances } = await rotated.propagated(({ complete }) => complete)
    const completeAt = performance.now()
    completions.push(completeAt - answeredAt)
    // Each has announced it: none counts for holding no copy.
    expect(instances.map(({ revision }) => revision)).toEqual(forwarders.map(() => revision))
    const before = groups.map(({ calls }) => calls.length)
    await each((calls) => calls.length > Math.max(...before) + 20)

    for (const group of groups) {
      const calls = await group.stop()
      expect(calls.filter(({ status }) => status !== 200)).toEqual([])
      expect(new Set(calls.map(({ presented }) => presented))).toEqual(new Set([from, to]))
      const firstAt = Math.min(...calls.filter(({ presented }) => presented === to).map(({ endedAt }) => endedAt))
      const late = calls.filter(({ startedAt }) => startedAt > Math.min(firstAt, completeAt))
      expect(late.filter(({ presented }) => presented !== to)).toEqual([])
    }
  })

  it('is complete in 2 s, but for changes during which the machine had other things to do', () => {
    expect(Math.min(...completions)).toBeLessThan(completeWithinMs)
  })
})
