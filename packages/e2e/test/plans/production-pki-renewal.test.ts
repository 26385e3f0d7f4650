import { afterEach, describe, expect, it } from '@jest/globals'
import { createCa, type EchoedRequest, type MtlsTarget, startMtlsTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { renewThroughKills } from '../support/killed-renewals.ts'
import { PkiEngine } from '../support/pki-engine.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'
import type { Certificate } from '../support/wire.ts'

const renewals = 4

describe('a certificate of a PKI engine', () => {
  let target: MtlsTarget
  let system: System
  let tenant: Tenant
  let opened: AsyncDisposableStack

  /** Systems have engines of their own, whose certificates live for so long. */
  async function start(lifetimeSeconds: number) {
    opened = new AsyncDisposableStack()
    const engine = opened.adopt(await PkiEngine.open(vaultOfTheRun(), lifetimeSeconds), (each) => each.close())
    const serverIdentity = await (await createCa()).issue({
      commonName: 'localhost',
      dnsNames: ['localhost'],
      extendedKeyUsage: ['serverAuth'],
    })
    target = opened.adopt(await startMtlsTarget({ serverIdentity, clientCa: engine.ca }), (each) => each.close())
    const options = { targets: [target], configApiEnv: engine.env, moreForwarders: [{}] }
    system = opened.adopt(await System.start(options), (each) => each.stop())
    tenant = await system.newTenant()
  }

  afterEach(() => opened.disposeAsync())

  async function issue(): Promise<string> {
    const order = { name: 'c1', profile: 'engine', subject: { commonName: 'client' } }
    const issued = await tenant.api.json<Certificate>('POST', tenant.path('certificates/issue'), order)
    mustBe(201, issued)
    const { id } = issued.body
    await tenant.map({ certificationId: id, serviceId: 'IDP', url: `${target.url}/renewed`, name: 'm1' })
    return tenant.path(`certificates/${id}`)
  }

  async function callsOfAll(): Promise<readonly SteadyCalls[]> {
    const appKey = await tenant.newAppKey(['forward'])
    return [system.forwarderApi, ...system.moreForwarders].map((forwarder) => {
      const caller = system.toForwarderApi({ oauth1: appKey }, forwarder)
      const headers = lp(`${target.url}/renewed`)
      return new SteadyCalls(() => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers), 2, 50)
    })
  }

  /** None has failed. @returns how many versions each forwarder has presented */
  async function versionsOf(calls: readonly SteadyCalls[]): Promise<readonly number[]> {
    const counts: number[] = []
    for (const each of calls) {
      const made = await each.stop()
      expect(tally(made)).toEqual({ 200: made.length })
      counts.push(new Set(made.map(({ body }) => (body as EchoedRequest).clientCertificate?.fingerprint256)).size)
    }
    return counts
  }

  it('that lives for seconds renews itself again and again under calls through two forwarders', async () => {
    await start(40)
    const path = await issue()
    mustBe(200, await tenant.api.json('PUT', `${path}/plan`, { profile: 'engine', renewAt: 0.1 }))
    const calls = await callsOfAll()
    const seen = new Set<string | null>()
    await eventually(
      async () => seen.add((await tenant.api.json<Certificate>('GET', path)).body.fingerprintSha256).size,
      (versions) => versions > renewals,
      110_000,
    )
    for (const versions of await versionsOf(calls)) expect(versions).toBeGreaterThanOrEqual(renewals)
  })

  it('goes on where it was after config-api was killed at each step', async () => {
    await start(120)
    const path = await issue()
    mustBe(200, await tenant.api.json('PUT', `${path}/plan`, { profile: 'engine', renewAt: 0.1 }))
    const calls = await callsOfAll()
    await renewThroughKills(system, path)
    for (const versions of await versionsOf(calls)) expect(versions).toBeGreaterThanOrEqual(2)
  }, 300_000)
})
