import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, startVaultCluster, type TestTarget, type VaultCluster } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { ProductionBackends } from '../support/production-backends.ts'
import { longest, type Made, made, outagePauseMs, SteadyCalls, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

/** Changes that are made before the leader is lost, and after there is a new one. */
const enough = 5
/** Raft elects within two seconds here; the rest is for a machine with other things to do. */
const recoveryMs = 60_000
const changeBoundMs = 20_000

describe('a cluster of three OpenBao servers, over any of its nodes', () => {
  let target: TestTarget
  let cluster: VaultCluster
  let system: System
  let tenant: Tenant
  let certificationId: number
  let forward: () => ReturnType<Tenant['api']['json']>

  beforeAll(async () => {
    target = await startTestTarget()
    cluster = await startVaultCluster()
    const backends = await ProductionBackends.open(cluster)
    system = await System.start({ targets: [target], backends, forwarderApiEnv: { ACCOUNT_TTL: '1s' } })
    tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'mapped' })
    certificationId = (await tenant.onboard(identity, `${target.url}/`)).certificate.id
    const caller = await tenant.newCaller()
    forward = () => caller.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/`))
  }, 180_000)

  afterAll(async () => {
    await system?.stop()
    await cluster?.stop()
    await target?.close()
  })

  afterEach(() => cluster.heal())

  /** Makes one mapping after the other until stopped, each of them as often as it takes. */
  class Changes {
    readonly attempts: Made[] = []
    /** Names of mappings, in the order in which they were made. */
    readonly names: string[] = []
    readonly #prefix: string
    readonly #done: Promise<void>
    #stopped = false

    constructor(prefix: string) {
      this.#prefix = prefix
      this.#done = this.#run()
    }

    async stop(): Promise<void> {
      this.#stopped = true
      await this.#done
    }

    async #run(): Promise<void> {
      for (let n = 0; !this.#stopped; n++) await this.#make(`${this.#prefix}-${n}`)
    }

    async #make(name: string): Promise<void> {
      const mapping = { certificationId, serviceId: 'IDP', url: `${target.url}/${name}`, name }
      for (let mayBeThere = false; ; mayBeThere = true) {
        const attempt = await made(() => tenant.api.json('POST', tenant.path('mappings'), [mapping]))
        this.attempts.push(attempt)
        if (attempt.status === 201 || (attempt.status === 409 && mayBeThere)) break
        if (attempt.status !== 503) throw new Error(`a change was answered with ${attempt.status} ${attempt.code}`)
      }
      this.names.push(name)
    }
  }

  it.each(['first', 'second'])(
    'loses its %s leader under traffic: forwards go on, changes are made or can be repeated',
    async (which) => {
      const forwards = new SteadyCalls(forward, 2, outagePauseMs)
      const changes = new Changes(which)
      const untilMade = (count: number) =>
        eventually(
          async () => changes.names.length,
          (names) => names >= count,
          recoveryMs,
        )
      await untilMade(enough)
      // The forwarder holds the account now.
      await eventually(
        async () => forwards.count,
        (count) => count > enough,
      )

      await cluster.killLeader()
      // Two nodes are left, and nobody helps them.
      await untilMade(changes.names.length + 1 + enough)
      await changes.stop()

      const answered = await forwards.stop()
      expect(tally(answered)).toEqual({ 200: answered.length })
      const {
        201: _made,
        '409 MAPPING_NAME_TAKEN': _madeBefore,
        '503 STORE_UNAVAILABLE': _refused,
        ...others
      } = tally(changes.attempts)
      expect(others).toEqual({})
      expect(longest(changes.attempts)).toBeLessThan(changeBoundMs)
      const mappings = (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
      const names = mappings.map(({ name }) => name).filter((name) => name.startsWith(which))
      expect(names.toSorted()).toEqual(changes.names.toSorted())
    },
    180_000,
  )

  it('shows a change to whoever reads it next, whichever node answers', async () => {
    for (let n = 0; n < 30; n++) {
      const { name } = await tenant.map({
        certificationId,
        serviceId: 'IDP',
        url: `${target.url}/fresh-${n}`,
        name: `fresh-${n}`,
      })
      const { body } = await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))
      expect(body.filter((mapping) => mapping.name === name)).toHaveLength(1)
    }
  })
})
