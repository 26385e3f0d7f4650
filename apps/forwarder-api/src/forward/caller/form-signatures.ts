import type { Bulkhead, BulkheadLimits, Permit } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { andThen, isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import { maxSignedFormBytes, signedFormWork } from '@mtls-gateway/request-auth'
import { rateKey } from '@mtls-gateway/service-kit'
import { KnownCallers } from './known-callers.ts'

const mebibyte = 1_024 * 1_024

/**
 * A full-sized form takes the event loop up to 4 ms, before anybody knows whether its signature is right. An account
 * may have fifteen verified at once, and then as many a second, or 3,400 of a kilobyte.
 */
export const formSignatureLimits: BulkheadLimits = {
  total: 64 * mebibyte,
  share: 4 * mebibyte,
  reserve: 16 * mebibyte,
  cooledPerSecond: 4 * mebibyte,
}

/** Whose app key a form names, and where it comes from. */
export interface FormSender {
  readonly accountId: AccountId
  readonly address: string
}

/**
 * What verifying forms takes of the event loop, charged to the account whose app key they name, whether the signature is
 * right or not. Names of app keys are no secrets, so an account has a share for the addresses from which rightly signed
 * forms have come, and another one for all others: whoever only knows a name uses up nothing of those.
 */
export class FormSignatures {
  readonly #pool: Bulkhead
  /** By what is throttled together: a host has all addresses of its IPv6 /64. */
  readonly #callers = new KnownCallers()

  /** @param pool `form-signatures`, whose units are bytes; nobody waits in it */
  constructor(pool: Bulkhead) {
    this.#pool = pool
  }

  /**
   * Before a form is read: whether one of this length could be verified now.
   * @throws CodedError `TOO_MANY_BODIES`
   */
  checkRoom(sender: FormSender, bytes: number): void {
    const permit = this.#acquire(sender, Math.min(Math.max(bytes, 1), maxSignedFormBytes))
    permit.shrinkTo(1)
    permit.release()
  }

  /**
   * @param verify does the work at once, and resolves or returns only for a right signature
   * @throws CodedError `TOO_MANY_BODIES`, and what `verify` throws
   */
  run<Result>(sender: FormSender, form: Buffer, verify: () => MaybePromise<Result>): MaybePromise<Result> {
    const permit = this.#acquire(sender, signedFormWork(form))
    try {
      return andThen(verify(), (result) => {
        this.#callers.add(sender.accountId, rateKey(sender.address))
        return result
      })
    } finally {
      permit.release()
    }
  }

  #acquire({ accountId, address }: FormSender, units: number): Permit {
    const isKnown = this.#callers.has(accountId, rateKey(address))
    const permit = this.#pool.acquire(isKnown ? accountId : `${accountId} elsewhere`, units)
    if (isPromise(permit)) throw new TypeError('nobody waits for a signature')
    return permit
  }
}
