import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import type { ChangeTurn, ChangeTurns } from '@mtls-gateway/registry'
import { unitsARead } from '../http/account-reads.ts'

/** A change costs as much as the reads that take the same time, so an account gets the same share either way. */
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
        permit.charge(records)
        permit.release()
      },
    }
  }
}
