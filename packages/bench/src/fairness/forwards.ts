import { bodyOf } from '../gateway/bench-account.ts'
import { type Attack, beginAttack } from './attack.ts'
import { throttledPerSecond } from './attack-order.ts'
import type { Stage } from './measurement.ts'
import { callerOf, forwardTo, type Tenant } from './tenants.ts'

/** What the quiet tenant does where calls are measured, and its name in the report. */
export const smallForward = 'a small forward'

/** One such call, over a kept connection. */
export function smallForwards(stage: Stage, quiet: Tenant): () => Promise<void> {
  const caller = callerOf(stage, quiet)
  return async () => {
    bodyOf(await caller.json('GET', quiet.path, undefined, forwardTo(`${stage.target.url}/small`)), 200)
  }
}

/** Calls these urls in turn, as many as the throttle lets through, which counts by address. */
export function floodOfForwards(
  { services }: Stage,
  { path, appKey }: Tenant,
  targetUrls: readonly string[],
  atOnce: number,
  addresses = 1,
): Attack {
  return beginAttack({
    kind: 'requests',
    url: services.forwarder.url,
    method: 'GET',
    path,
    headers: {},
    targetUrls,
    appKey,
    atOnce,
    addresses,
    perSecond: addresses * throttledPerSecond,
  })
}
