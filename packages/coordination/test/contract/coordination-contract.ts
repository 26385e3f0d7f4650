import { afterEach, describe } from '@jest/globals'
import type { Coordination } from '../../src/port.ts'
import { changeFeedContract } from './change-feed-contract.ts'
import { leaseContract } from './lease-contract.ts'
import { lifecycleContract } from './lifecycle-contract.ts'
import { nonceContract } from './nonce-contract.ts'
import { outcomeContract } from './outcome-contract.ts'
import { presenceContract } from './presence-contract.ts'
import { rateCounterContract } from './rate-counter-contract.ts'
import { recentCallsContract } from './recent-calls-contract.ts'
import { usageContract } from './usage-contract.ts'

/**
 * The behaviour of every adapter of the port. `open` returns another instance on the same backend each time. The suite
 * closes what it opens, uses fresh names throughout, and claims timestamps that are ahead of the clock, so that a
 * backend that has just started (`before-start`) passes.
 */
export function coordinationContract(name: string, open: () => Promise<Coordination>): void {
  describe(`${name}: coordination`, () => {
    const opened: Coordination[] = []
    const openHere = async (): Promise<Coordination> => {
      const coordination = await open()
      opened.push(coordination)
      return coordination
    }
    afterEach(() => Promise.all(opened.splice(0).map((coordination) => coordination.close())))

    changeFeedContract(openHere)
    nonceContract(openHere)
    rateCounterContract(openHere)
    leaseContract(openHere)
    presenceContract(openHere)
    usageContract(openHere)
    recentCallsContract(openHere)
    outcomeContract(openHere)
    lifecycleContract(openHere)
  })
}
