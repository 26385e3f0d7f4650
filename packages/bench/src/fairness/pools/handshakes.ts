import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

export const handshakes: PoolMeasurement = {
  operation: smallForward,
  attack: 'calls with an RSA key of 4,096 bits to a target that closes each connection',
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const hostile = await newTenant(stage, 'hostile', ['close'], stage.hostileTarget, 'RSA-4096')
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, [`${stage.hostileTarget.url}/close`], 64),
      // A place is given back with each handshake; what waits is the account's calls.
      isAtWorst: (state, before) => state.inUse > 0 || state.refused > before.refused,
    }
  },
}
