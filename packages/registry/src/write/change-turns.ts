import type { AccountId } from '@mtls-gateway/domain'

/** Divides the work of changes among accounts: with each of them all that the account has is read and written. */
export interface ChangeTurns {
  /** Resolves when the account may be changed. @throws CodedError `TOO_MANY_CALLS`, `SHUTTING_DOWN` */
  take(accountId: AccountId): Promise<ChangeTurn>
}

export interface ChangeTurn {
  /** @param records how many mappings and certificates were read for it, all attempts together; long ones count more */
  end(records: number): void
}

/** Where nobody has to be kept from taking too much. */
export const undividedChanges: ChangeTurns = { take: async () => ({ end: () => {} }) }
