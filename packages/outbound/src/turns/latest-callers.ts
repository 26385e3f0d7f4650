import type { AccountId } from '@mtls-gateway/domain'

/** Which account called last, and when another one did, in milliseconds of `performance.now()`. */
export class LatestCallers {
  #latest: AccountId | undefined
  #latestAt = Number.NEGATIVE_INFINITY
  #otherAt = Number.NEGATIVE_INFINITY

  note(accountId: AccountId): void {
    if (accountId !== this.#latest) {
      this.#otherAt = this.#latestAt
      this.#latest = accountId
    }
    this.#latestAt = performance.now()
  }

  /** When an account beside this one last made a call. */
  lastBeside(accountId: AccountId): number {
    return accountId === this.#latest ? this.#otherAt : this.#latestAt
  }
}
