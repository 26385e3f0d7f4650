import type { AccountId } from '@mtls-gateway/domain'

/**
 * Divides the work of changes among accounts: with each of them all that the account has is read and written. A request
 * that only reads, and then goes on with something else, has a turn as long as it reads.
 */
export interface ChangeTurns {
  /** Resolves when the account may be changed. @throws CodedError `TOO_MANY_CALLS`, `SHUTTING_DOWN` */
  take(accountId: AccountId): Promise<ChangeTurn>
}

/** In mappings and certificates, all attempts together; long ones count more. */
export interface TurnWork {
  readonly read: number
  readonly written: number
}

export interface ChangeTurn {
  end(work: TurnWork): void
}

/** Where nobody has to be kept from taking too much. */
export const undividedChanges: ChangeTurns = { take: async () => ({ end: () => {} }) }
