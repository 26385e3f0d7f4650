import { targetAddresses } from '../../target/bench-target.ts'
import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { mapAll, newTenant } from '../tenants.ts'

/** What one account may have by default. */
const share = 200
/** Targets that hang leave as much of it as each of them has. */
const mostHanging = Math.floor((share * targetAddresses.length) / (targetAddresses.length + 1))

/** The attacker's calls. */
const atOnce = 600

export const forwardCalls: PoolMeasurement = {
  operation: smallForward,
  attack: `has ${atOnce} calls under way to ${targetAddresses.length} targets that never answer`,
  prepare: async (stage) => {
    const { hostileTarget } = stage
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const urls = targetAddresses.map((address) => `https://${address}:${hostileTarget.port}/hang`)
    let rounds = 0
    // With an account of its own in each round: circuits that opened in the one before would let only probes through.
    const newHostile = async () => {
      rounds += 1
      const hostile = await newTenant(stage, `hostile-${rounds}`, [], hostileTarget)
      await mapAll(hostile, urls)
      return hostile
    }
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, await newHostile(), urls, atOnce),
      isAtWorst: ({ inUse }) => inUse >= mostHanging,
    }
  },
}
