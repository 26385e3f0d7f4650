import {
  type Account,
  type AccountId,
  type AnyCommand,
  type Applied,
  askForApproval,
  type ErrorCode,
  isCodedError,
  type RecordId,
} from '@mtls-gateway/domain'
import { stepsInTurns } from '@mtls-gateway/event-loop'
import { isStoreError, type StoreError } from '@mtls-gateway/secret-store'
import { archiveChanges, chainLastChange, findChange } from '../audit-trail.ts'
import type { Deadline } from '../clock.ts'
import type { RecordWriterOptions } from '../records/record-writer.ts'
import { newRecordId } from '../records/records.ts'
import { accountBusy, codedStoreFailure, logRefusal, outcomeUnknown, storeUnavailable } from '../store-failure.ts'
import type { AccountStore } from './account-store.ts'
import { writeApproval } from './approval-records.ts'
import type { RequestedApproval } from './approval-requested.ts'

export interface ChangeContext extends Omit<RecordWriterOptions, 'deadlineMs' | 'closing'> {
  readonly accounts: AccountStore
}

/** What has become of a change: it is made, or somebody has to approve it first. */
export interface Outcome<Result> extends Applied<Result> {
  readonly asked?: Required<Pick<RequestedApproval, 'request' | 'content' | 'isNew'>>
}

/** Between the looks for a change whose caller was told that its outcome isn't known. */
const lateLooksMs = [1_000, 2_000, 4_000, 8_000, 15_000]

/** One change of one account, from the first attempt until its outcome is known. */
export class AccountChange<Result> {
  readonly #context: ChangeContext
  readonly #accountId: AccountId
  readonly #changeId: RecordId
  readonly #command: AnyCommand<Result>
  /** What was put, by the revision that it makes. One account precedes a revision, so the command has one outcome. */
  readonly #attempts = new Map<number, Outcome<Result>>()
  #mayBeDone = false

  constructor(context: ChangeContext, accountId: AccountId, changeId: RecordId, command: AnyCommand<Result>) {
    this.#context = context
    this.#accountId = accountId
    this.#changeId = changeId
    this.#command = command
  }

  /** True after {@link run} has failed, if a write whose answer never came may have made the change nevertheless. */
  get mayBeDone(): boolean {
    return this.#mayBeDone
  }

  /**
   * A command that leaves the account as it is makes no revision and writes nothing. `failureBefore` is that of the
   * change for which this one had to wait: where that took all the time, it tells why.
   * @throws CodedError of the command, `ACCOUNT_FULL`, `ACCOUNT_BUSY`, `STORE_UNAVAILABLE`, `STORE_REFUSED`,
   *   `STORE_NOT_WRITABLE`, `STORE_DAMAGED`, `STORE_NEWER`
   */
  async run(deadline: Deadline, failureBefore?: unknown): Promise<Outcome<Result>> {
    let failure: StoreError | undefined
    for (let attempt = 0; deadline.remainingMs > 0; attempt++) {
      try {
        return await this.#attempt(deadline)
      } catch (error) {
        if (!isStoreError(error)) throw this.#mayBeDone && hasCode(error, 'STORE_NEWER') ? outcomeUnknown(error) : error
        failure = error
        logRefusal(this.#context.logger, this.#accountId, error)
        if (error.reason !== 'conflict' && error.reason !== 'unavailable') break
        await deadline.backOff(error.reason === 'conflict' ? 20 : 100, attempt)
      }
    }
    throw this.#coded(failure, failureBefore)
  }

  /** For a change that may be done: looks for it until that is known, or `signal` is aborted. */
  async findLater(signal: AbortSignal): Promise<Outcome<Result> | undefined> {
    for (const ms of lateLooksMs) {
      await this.#context.clock.sleep(ms, signal)
      if (signal.aborted) return undefined
      try {
        const { account } = await this.#context.accounts.read(this.#accountId)
        const done = await this.#findDone(account)
        if (done !== undefined || this.#isOvertaken(account)) return done
      } catch {
        // The store is still away: the next look may find it.
      }
    }
    return undefined
  }

  async #attempt(deadline: Deadline): Promise<Outcome<Result>> {
    const { accounts, store } = this.#context
    const stored = await deadline.race(accounts.read(this.#accountId))
    const done = await deadline.race(this.#findDone(stored.account))
    if (done !== undefined) return done
    if (this.#isOvertaken(stored.account)) this.#mayBeDone = false

    const applied = await this.#askedIfGuarded(stored.account, await this.#apply(stored.account), deadline)
    if (applied.account === stored.account) return applied
    const chained = chainLastChange(applied.account)
    const account = await deadline.race(archiveChanges(chained, store))
    const attempt = { ...applied, account }
    this.#attempts.set(account.revision, attempt)
    try {
      await deadline.race(accounts.replace(stored, account))
    } catch (error) {
      // Stays true over a conflict after it: that may be with our own write.
      if (isStoreError(error, 'unavailable')) this.#mayBeDone = true
      throw error
    }
    return attempt
  }

  /** A change that needs the word of a second person becomes a request for it, in the same compare-and-set. */
  async #askedIfGuarded(account: Account, applied: Applied<Result>, deadline: Deadline): Promise<Outcome<Result>> {
    if (applied.account === account) return applied
    const asked = await stepsInTurns(askForApproval(account, applied, newRecordId()))
    if (!asked) return applied
    const { request, content, text } = asked
    if (text !== undefined) {
      await deadline.race(writeApproval(this.#context.store, account.accountId, request.id, text))
    }
    return {
      account: asked.account,
      result: applied.result,
      revoked: [],
      asked: { request, content, isNew: text !== undefined },
    }
  }

  async #findDone(account: Account): Promise<Outcome<Result> | undefined> {
    for (const [revision, attempt] of this.#attempts) {
      const change = await findChange(account, revision, this.#context.store)
      if (change?.changeId === this.#changeId) return attempt
    }
    return undefined
  }

  /** Whether nothing that was put can be written any more, because the account is past it. */
  #isOvertaken(account: Account): boolean {
    return account.revision >= Math.max(...this.#attempts.keys())
  }

  async #apply(account: Account): Promise<Applied<Result>> {
    const outcome = this.#command(account)
    const applied = 'account' in outcome ? outcome : await stepsInTurns(outcome)
    if (applied.account === account) return applied
    const { revision, changes } = applied.account
    const change = changes.at(-1)
    const isNew = !account.changes.some(({ changeId }) => changeId === this.#changeId)
    const isLast = change?.changeId === this.#changeId && change.revision === revision
    // Without an entry of its own the outcome of a write couldn't be found out. Only a defect gets here.
    if (!isNew || !isLast || revision !== account.revision + 1) {
      throw new TypeError('a command makes one revision and appends its change entry, with a changeId used only once')
    }
    return applied
  }

  #coded(failure: StoreError | undefined, failureBefore: unknown): unknown {
    if (this.#mayBeDone) return outcomeUnknown(failure)
    if (failure === undefined && hasCode(failureBefore, 'STORE_UNAVAILABLE')) return storeUnavailable(failureBefore)
    if (failure === undefined || failure.reason === 'conflict') return accountBusy(failure)
    return failure.reason === 'unavailable' ? storeUnavailable(failure) : codedStoreFailure(failure)
  }
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return isCodedError(error) && error.code === code
}
