import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

/** More than are kept of an account, so that each call asks for a name again; RFC 2606 has nobody own them. */
const names = Array.from({ length: 2_000 }, (_, n) => `https://h${n}.look-ups.invalid/`)

export const lookUps: PoolMeasurement = {
  operation: smallForward,
  attack: `calls to ${names.length} names in turn, each of which has to be looked up`,
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const hostile = await newTenant(stage, 'hostile', [], stage.hostileTarget)
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, names, 64),
      // How long a look-up takes is up to the machine's name servers: without any, it has failed in the next moment.
      isAtWorst: () => true,
    }
  },
}
