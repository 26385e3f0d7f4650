import type { AccountId } from '@mtls-gateway/domain'
import { type AccountCalls, CallDivision } from './call-division.ts'
import type { Target } from './target.ts'

/** The targets of an account that are known at the moment. */
export class AccountTargets {
  readonly division: CallDivision
  readonly byOrigin = new Map<string, Target>()
  /** That of the last call: if there is but one, it need not be looked up. */
  last: Target | undefined

  constructor(accountId: AccountId, limits: AccountCalls) {
    this.division = new CallDivision(accountId, limits)
  }
}
