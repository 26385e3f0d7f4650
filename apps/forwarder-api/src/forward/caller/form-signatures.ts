import type { Bulkhead, BulkheadLimits, Permit } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { andThen, isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import { maxSignedFormBytes, signedFormWork } from '@mtls-gateway/request-auth'
import { rateKey } from '@mtls-gateway/service-kit'
import { KnownCallers } from './known-callers.ts'

const mebibyte = 1_024 * 1_024

/**
 * A full-sized form takes up to 4 ms of the event loop before anybody knows whether its signature is right. An account
 * may have fifteen of them verified at once, and after that fifteen a second, or 3,400 forms of a kilobyte.
 */
export const formSignatureLimits: BulkheadLimits = {
  total: 64 * mebibyte,
  share: 4 * mebibyte,
  reserve: 16 * mebibyte,
  cooledPerSecond: 4 * mebibyte,
}

/** The account of a form's app key, and the address that it comes from. */
export interface FormSender {
  readonly accountId: AccountId
  readonly address: string
}

/**
 * Limits the time that verifying forms takes. It is charged to the account of the app key, whether the signature is
 * right or wrong. App keys are no secrets, so an account has one share for addresses that have sent rightly signed
 * forms, and another one for all other addresses: knowing an app key is not enough to use up the first.
 */
export class FormSignatures {
  readonly #pool: Bulkhead
  /** By rate key: a subscriber has all addresses of an IPv6 /56. */
  readonly #callers = new KnownCallers()

  /** @param pool `form-signatures`, whose units are bytes; nobody waits in it */
  constructor(pool: Bulkhead) {
    this.#pool = pool
  }

  /**
   * Checks, before a form is read, whether one of this length could be verified now.
   * @throws CodedError `TOO_MANY_BODIES`
   */
  checkRoom(sender: FormSender, bytes: number): void {
    const permit = this.#acquire(sender, Math.min(Math.max(bytes, 1), maxSignedFormBytes))
    permit.shrinkTo(1)
    permit.release()
  }

  /**
   * @param verify works synchronously, and returns or resolves only if the signature is right
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
