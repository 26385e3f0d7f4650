import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

export const forwardCalls: PoolMeasurement = {
  operation: smallForward,
  attack: 'has 600 calls under way to a target that never answers',
  prepare: async (stage) => {
    const { hostileTarget } = stage
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const hostile = await newTenant(stage, 'hostile', ['hang'], hostileTarget)
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, [`${hostileTarget.url}/hang`], 600),
    }
  },
}
