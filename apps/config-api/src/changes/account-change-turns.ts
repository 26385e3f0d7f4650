import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import type { ChangeTurn, ChangeTurns } from '@mtls-gateway/registry'
import { unitsARead } from '../http/account-reads.ts'

/** A change reads all that an account has, and then writes it. */
const readsAChange = 2

/** Changes count as what they take is worth in reads, so that an account has the same of the event loop either way. */
export class AccountChangeTurns implements ChangeTurns {
  readonly #pool: Bulkhead

  /** @param pool `account-reads` */
  constructor(pool: Bulkhead) {
    this.#pool = pool
  }

  async take(accountId: AccountId): Promise<ChangeTurn> {
    const permit = await this.#pool.acquire(accountId, unitsARead)
    return {
      end: (records) => {
        permit.charge(records * readsAChange)
        permit.release()
      },
    }
  }
}
