import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type EchoedRequest, type MtlsTarget, startMtlsTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { PkiEngine } from '../support/pki-engine.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'
import type { Certificate } from '../support/wire.ts'

const lifetimeSeconds = 40
const renewals = 4

describe('a certificate of a PKI engine that lives for seconds', () => {
  let engine: PkiEngine
  let target: MtlsTarget
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    engine = await PkiEngine.open(vaultOfTheRun(), lifetimeSeconds)
    const serverIdentity = await (await createCa()).issue({
      commonName: 'localhost',
      dnsNames: ['localhost'],
      extendedKeyUsage: ['serverAuth'],
    })
    target = await startMtlsTarget({ serverIdentity, clientCa: engine.ca })
    system = await System.start({ targets: [target], configApiEnv: engine.env, moreForwarders: [{}] })
    tenant = await system.newTenant()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
    await engine?.close()
  })

  it('renews itself again and again under calls through two forwarders, and none of them fails', async () => {
    const order = { name: 'c1', profile: 'engine', subject: { commonName: 'client' } }
    const issued = await tenant.api.json<Certificate>('POST', tenant.path('certificates/issue'), order)
    mustBe(201, issued)
    const { id } = issued.body
    const url = `${target.url}/renewed`
    await tenant.map({ certificationId: id, serviceId: 'IDP', url, name: 'm1' })
    const appKey = await tenant.newAppKey(['forward'])
    const forwarders = [system.forwarderApi, ...system.moreForwarders]
    const calls = forwarders.map((forwarder) => {
      const caller = system.toForwarderApi({ oauth1: appKey }, forwarder)
      return new SteadyCalls(() => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(url)), 2, 20)
    })
    const seen = new Set<string | null>()
    await eventually(
      async () => {
        const { body } = await tenant.api.json<Certificate>('GET', tenant.path(`certificates/${id}`))
        return seen.add(body.fingerprintSha256).size
      },
      (versions) => versions > renewals,
      110_000,
    )
    for (const each of calls) {
      const made = await each.stop()
      expect(tally(made)).toEqual({ 200: made.length })
      const presented = made.map(({ body }) => (body as EchoedRequest).clientCertificate?.fingerprint256)
      expect(new Set(presented).size).toBeGreaterThanOrEqual(renewals)
    }
  })
})
