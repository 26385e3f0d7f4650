import { beforeAll, describe, expect, it } from '@jest/globals'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import { collectGarbage } from './collect-garbage.ts'
import { recordsOf } from './orphans.ts'
import { type Outage, type Ride, recoveryMs, rideOut } from './outage-ride.ts'
import { patient, usual } from './production-backends.ts'
import { longest, type Made, tally } from './steady-calls.ts'
import type { System } from './system.ts'
import type { Tenant } from './tenant.ts'
import type { Certificate, Mapping } from './wire.ts'

export interface OutageScene {
  readonly system: System
  /** Takes part in every call. */
  readonly identity: IssuedCertificate
  readonly targetUrl: string
}

/** Those for an outage of the store: Redis is there, on a machine that may be busy. */
const deadlines = { ...patient, VAULT_TIMEOUT: usual.VAULT_TIMEOUT }

/** The settings of a system whose outages are ridden out. */
export const ridingOut = {
  configApiEnv: { ...deadlines, CHANGE_TIMEOUT: '4s' },
  forwarderApiEnv: { ...deadlines, ACCOUNT_TTL: '1s' },
}

/** A store's deadline is 2 s by default, a change's 4 s here; the rest is for a machine with other things to do. */
const readBoundMs = 6_000
const changeBoundMs = 14_000
/** Files are read first, each by a process that may wait for all others of the machine, 30 s at most. */
const uploadBoundMs = changeBoundMs + 30_000
const unavailable = '503 STORE_UNAVAILABLE'

/** What holds for every outage of the store, of whichever kind, of a system with {@link ridingOut}. */
export function itRidesOut(name: string, scene: () => OutageScene, outage: Outage): void {
  describe(`while the store ${name}`, () => {
    let ride: Ride

    beforeAll(async () => {
      const { system, identity, targetUrl } = scene()
      ride = await rideOut(system, identity, targetUrl, outage)
    })

    it('calls with cached mappings go on, none fails or hangs', () => {
      const { forwards, checks } = ride
      expect([tally(forwards), tally(checks)]).toEqual([{ 200: forwards.length }, { 200: checks.length }])
      expect(new Set(checks.map(({ body }) => JSON.stringify(body))).size).toBe(1)
      expect(longest([...forwards, ...checks])).toBeLessThan(readBoundMs)
    })

    it('uncached ones are told within the deadline that the store is away, never that there is nothing', () => {
      expectUnavailable(ride.uncached, readBoundMs)
    })

    it('config-api says so, to who reads and to who changes', () => {
      expectUnavailable(ride.reads, readBoundMs)
      for (const { made, isUpload } of ride.changes) expectUnavailable([made], isUpload ? uploadBoundMs : changeBoundMs)
      const { made } = ride.overtaken
      expect(made.filter(({ status }) => status !== 201 && status !== 503)).toEqual([])
      expect(longest(made)).toBeLessThan(uploadBoundMs)
    })

    it('both services are degraded, not unready', () => {
      const away = expect.stringMatching(/^(failing|timeout)$/)
      const degraded = (coordination: unknown) => {
        const checks = expect.objectContaining({ 'secret-store': away, coordination })
        return expect.objectContaining({ status: 200, body: { status: 'degraded', checks } })
      }
      const { health, heard } = ride
      expect(health).toEqual(health.map(() => degraded(expect.stringMatching(/^(ok|timeout)$/))))
      expect(heard).toEqual([degraded('ok'), degraded('ok')])
    })

    it('nothing is stored half, and each change can be made again', async () => {
      for (const { tenant, make, again } of ride.changes) {
        await expectWhole(tenant)
        expect(again).toContain((await make()).status)
        await expectWhole(tenant)
      }
      const { tenant, made } = ride.overtaken
      const { length } = await expectWhole(tenant)
      expect(length).toBeGreaterThanOrEqual(made.filter(({ status }) => status === 201).length)
    })

    it('everything recovers by itself', () => {
      expect(Math.max(...Object.values(ride.recovery))).toBeLessThan(recoveryMs)
    })
  })
}

/** To be called when all outages of a system are over. */
export function itLeavesNoOrphan(scene: () => OutageScene): void {
  describe('after all', () => {
    it('nothing is left that no account names, once garbage is collected', async () => {
      const { backends } = scene().system
      expect(await collectGarbage(backends.env('config-api'))).toMatchObject({ problems: [] })
      const store = backends.openStore()
      const accounts = await recordsOf(store).finally(() => store.close())
      expect(accounts.size).toBeGreaterThan(0)
      for (const { stored, named } of accounts.values()) expect(stored).toEqual(named)
    })
  })
}

function expectUnavailable(calls: readonly Made[], boundMs: number): void {
  expect(tally(calls)).toEqual({ [unavailable]: calls.length })
  for (const { headers } of calls) expect(headers['retry-after']).toMatch(/^[1-9]\d*$/)
  expect(longest(calls)).toBeLessThan(boundMs)
}

/** Expects a whole account: each certificate has its key and chain, each mapping its certificate. */
async function expectWhole(tenant: Tenant): Promise<readonly Certificate[]> {
  const { body: certificates } = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
  const { body: mappings } = await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))
  expect(certificates.filter(({ status }) => status !== 'Available')).toEqual([])
  const ids = certificates.map(({ id }) => String(id))
  expect(mappings.filter(({ certificationId }) => !ids.includes(certificationId))).toEqual([])
  return certificates
}
