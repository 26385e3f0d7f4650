import { targetAddresses } from '../../target/bench-target.ts'
import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

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
    const hostile = await newTenant(stage, 'hostile', [], hostileTarget)
    const urls = targetAddresses.map((address) => `https://${address}:${hostileTarget.port}/hang`)
    await hostile.account.addMappings(
      urls.map((url, n) => ({ name: `hang-${n}`, url, certificationId: hostile.certificateId })),
    )
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, urls, atOnce),
      // Circuits that have opened in a round before let only probes through, and the rest is turned away.
      isAtWorst: ({ inUse, refused }, before) => inUse >= mostHanging || refused - before.refused >= atOnce,
    }
  },
}
