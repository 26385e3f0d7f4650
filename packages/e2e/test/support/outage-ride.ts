import { setTimeout } from 'node:timers/promises'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import { eventually } from './eventually.ts'
import { type Call, type Change, OutageParties } from './outage-parties.ts'
import { type Made, made, outagePauseMs, SteadyCalls } from './steady-calls.ts'
import type { System } from './system.ts'
import type { Tenant } from './tenant.ts'

/** What happens to a store, and its end. */
export interface Outage {
  begin(): unknown
  end(): unknown
}

/** What was seen while a store was away. */
export interface Ride {
  /** From before it until after it, of an account that the forwarder holds. */
  readonly forwards: readonly Made[]
  readonly checks: readonly Made[]
  /** Meanwhile, of accounts that it does not hold; one of them never was. */
  readonly uncached: readonly Made[]
  /** Meanwhile, of config-api. */
  readonly reads: readonly Made[]
  readonly changes: readonly (Change & { readonly made: Made })[]
  /** Changes that were under way when it began. */
  readonly overtaken: { readonly tenant: Tenant; readonly made: readonly Made[] }
  readonly health: readonly Made[]
  /** The same of each service, once Redis has answered it: on a busy machine that may take more than its second. */
  readonly heard: readonly Made[]
  /** From its end until the first success, in milliseconds. */
  readonly recovery: Readonly<Record<'forwards' | 'configApi' | 'health', number>>
}

/** Calls while the store is away, far enough apart for copies to run out in between: ACCOUNT_TTL is 1 s here. */
const rounds = 3
const roundMs = 1_000
const changesUnderWay = 6
/** Thrice what is promised: the machine may have other things to do. */
export const recoveryMs = 15_000

/** Lets a store fail while calls go through, and come back. */
export async function rideOut(system: System, identity: IssuedCertificate, url: string, outage: Outage): Promise<Ride> {
  const parties = new OutageParties(system, identity, url)
  const [hot, cold, stranger] = await Promise.all([parties.caller(), parties.caller(), parties.stranger()])
  const [changes, busy] = await Promise.all([parties.changes(), system.newTenant()])
  const [forwards, checks] = [
    new SteadyCalls(hot.forward, 3, outagePauseMs),
    new SteadyCalls(hot.check, 1, outagePauseMs),
  ]
  const isSteady = async () => forwards.count > 5 && checks.count > 5
  await eventually(isSteady, Boolean)

  const underWay = Array.from({ length: changesUnderWay }, (_, index) => made(parties.save(busy, `c${index}`)))
  // One is done, the others are wherever they are.
  await Promise.race(underWay)
  await outage.begin()
  const changing = Promise.all(changes.map(async (change) => ({ ...change, made: await made(change.make) })))
  const [uncached, reads, health] = await Promise.all([
    inRounds([cold.forward, cold.check, stranger]),
    inRounds([cold.list]),
    inRounds(parties.health()),
  ])
  const heard = await Promise.all(parties.health().map(untilHeard))
  // What a check has found is told for a second.
  const meanwhile = { uncached, reads, health: health.slice(parties.health().length), heard, changes: await changing }
  await outage.end()

  const recovery = await recoveryOf({ forwards: [cold.forward], configApi: [cold.list], health: parties.health() })
  return {
    ...meanwhile,
    recovery,
    overtaken: { tenant: busy, made: await Promise.all(underWay) },
    forwards: await forwards.stop(),
    checks: await checks.stop(),
  }
}

async function inRounds(calls: readonly Call[]): Promise<readonly Made[]> {
  const all: Made[] = []
  for (let round = 0; round < rounds; round++) {
    const [answers] = await Promise.all([Promise.all(calls.map(made)), setTimeout(roundMs)])
    all.push(...answers)
  }
  return all
}

function untilHeard(health: Call): Promise<Made> {
  return eventually(
    () => made(health),
    ({ body }) => JSON.stringify(body).includes('"coordination":"ok"'),
  )
}

async function recoveryOf(
  groups: Readonly<Record<keyof Ride['recovery'], readonly Call[]>>,
): Promise<Ride['recovery']> {
  const slowest = async (calls: readonly Call[]) => Math.max(...(await Promise.all(calls.map(untilSuccess))))
  const { forwards, configApi, health } = groups
  const [forwarding, configuring, healthy] = await Promise.all([forwards, configApi, health].map(slowest))
  return { forwards: forwarding ?? 0, configApi: configuring ?? 0, health: healthy ?? 0 }
}

async function untilSuccess(call: Call): Promise<number> {
  const started = performance.now()
  const isGood = ({ status, body }: Made) => status === 200 && !JSON.stringify(body).includes('"degraded"')
  await eventually(() => made(call), isGood, recoveryMs)
  return performance.now() - started
}
