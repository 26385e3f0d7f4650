import { setTimeout } from 'node:timers/promises'
import { type ServiceProcess, startService, startTestTarget } from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry } from '../../test/support/entries.ts'
import { eventually } from '../../test/support/eventually.ts'
import { usual } from '../../test/support/production-backends.ts'
import { startProduction } from '../../test/support/production-system.ts'
import { serviceEnv } from '../../test/support/service-env.ts'
import { lp } from '../../test/support/tenant.ts'
import { failedOf, PacedCalls } from '../rollout/paced-calls.ts'
import { SignedCaller } from '../rollout/signed-caller.ts'
import { atLeast, atMost, type Scenario } from '../scenario.ts'

const callsPerSecond = 140
const sealedMs = 20_000
const pollMs = 250

/**
 * A rollout that begins while Vault is sealed: new instances of both services stay unready, so that nothing stops the
 * ones that have read the store, and these go on serving.
 */
export const sealedRollout: Scenario = async ({ opened, steps }) => {
  steps.expect(4)
  steps.next('starting Vault, Redis and both services')
  const target = opened.adopt(await startTestTarget(), (server) => server.close())
  const production = opened.adopt(await startProduction({ targets: [target], env: usual }), (all) => all.stop())
  const { system, vault } = production
  const tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'rollout' }), `${target.url}/`)
  const caller = opened.use(new SignedCaller({ appKey: await tenant.newAppKey() }))
  const callTo = ({ url: base }: { readonly url: string }) =>
    caller.call({ method: 'POST', base, path: tenant.forwardPath, headers: lp(`${target.url}/`), body: { n: 1 } })
  await eventually(
    () => callTo(system.forwarderApi),
    (end) => end === '200',
  )

  steps.next('new instances while Vault is sealed')
  const calls = opened.use(new PacedCalls(callsPerSecond, () => callTo(system.forwarderApi)))
  await vault.seal()
  const start = (service: 'config-api' | 'forwarder-api', entry: string) =>
    startService({ entry, env: serviceEnv(service, system.dataDir, system.backends, { targets: [target] }) })
  const fresh = await Promise.all([start('config-api', configApiEntry), start('forwarder-api', forwarderApiEntry)])
  for (const service of fresh) opened.defer(async () => void (await service.stop()))
  const [seen, old] = await watch(fresh, [system.configApi, system.forwarderApi])

  steps.next('Vault is unsealed')
  await vault.unseal()
  const unsealedAt = performance.now()
  await eventually(
    () => readinessOf(fresh),
    (all) => all.every((status) => status === 200),
    60_000,
  )
  const readyMs = performance.now() - unsealedAt

  steps.next('the old instance stops')
  const ends = await calls.stop()
  const [, newForwarder] = fresh
  await system.stopForwarderApi()
  const after = newForwarder === undefined ? 'none' : await callTo(newForwarder)
  const failed = failedOf(ends)
  const figures = [
    atMost(0, `calls that failed, of ${calls.count} at ${callsPerSecond}/s`, { before: 0, now: failed }),
    atMost(0, 'looks at which a new instance was ready', { before: 48, now: countOf(seen, 200) }),
    atLeast(10, 'looks at which it was not', { before: 0, now: countOf(seen, 503) }),
    atMost(0, 'looks at which an old instance was not ready', { before: 0, now: old.length - countOf(old, 200) }),
    atMost(30, 'until the new ones are ready', { before: undefined, now: readyMs / 1_000, unit: 's' }),
    atLeast(200, 'answer of the new forwarder then', { before: undefined, now: Number(after) }),
  ]
  return { figures, notes: [`calls: ${JSON.stringify(ends)}`], calls: { made: calls.count, failed } }
}

type Statuses = readonly number[]

async function watch(fresh: readonly ServiceProcess[], old: readonly ServiceProcess[]): Promise<[Statuses, Statuses]> {
  const seen: [number[], number[]] = [[], []]
  for (const until = performance.now() + sealedMs; performance.now() < until; await setTimeout(pollMs)) {
    seen[0].push(...(await readinessOf(fresh)))
    seen[1].push(...(await readinessOf(old)))
  }
  return seen
}

function readinessOf(services: readonly ServiceProcess[]): Promise<Statuses> {
  return Promise.all(services.map(async ({ url }) => (await fetch(`${url}/health/ready`)).status))
}

function countOf(statuses: Statuses, wanted: number): number {
  return statuses.filter((status) => status === wanted).length
}
