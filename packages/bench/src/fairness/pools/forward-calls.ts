import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { callerOf, forwardTo, newTenant } from '../tenants.ts'

export const forwardCalls: PoolMeasurement = {
  operation: 'a small forward',
  attack: 'has 600 calls under way to a target that never answers',
  prepare: async (stage) => {
    const { services, target } = stage
    const [quiet, hostile] = [await newTenant(stage, 'quiet', ['small']), await newTenant(stage, 'hostile', ['hang'])]
    const caller = callerOf(stage, quiet)
    return {
      perSecond: 75,
      operate: async () => {
        bodyOf(await caller.json('GET', quiet.path, undefined, forwardTo(`${target.url}/small`)), 200)
      },
      begin: async () =>
        beginAttack({
          kind: 'requests',
          url: services.forwarder.url,
          method: 'GET',
          path: hostile.path,
          headers: {},
          targetUrls: [`${target.url}/hang`],
          appKey: hostile.appKey,
          atOnce: 600,
          perSecond: throttledPerSecond,
        }),
    }
  },
}
