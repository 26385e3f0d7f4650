import type { ChangeFeed, ChangeNotice } from '@mtls-gateway/coordination'
import {
  type Account,
  type AccountId,
  type AnyCommand,
  type Applied,
  type Change,
  type CommandContext,
  isCodedError,
  isKeptForApproval,
  type RecordId,
} from '@mtls-gateway/domain'
import { SharedReads } from '@mtls-gateway/event-loop'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { type ChangeQuery, type FoundChanges, readChanges, readChangesFrom } from '../audit-trail.ts'
import { type Clock, Deadline, systemClock } from '../clock.ts'
import { type RecordName, RecordWriter } from '../records/record-writer.ts'
import { newRecordId } from '../records/records.ts'
import type { EpochWatch } from '../store-epoch.ts'
import { coded, type RegistryLogger } from '../store-failure.ts'
import { AccountChange, type ChangeContext, type Outcome } from './account-change.ts'
import { type AccountCosts, AccountStore, type Credentials, type OlderAccount } from './account-store.ts'
import { ApprovalRequested } from './approval-requested.ts'

/** Records that come and go with a change of the account that names them. */
export interface ChangeRecords<Result> {
  /** Written before, for this change alone to name: purged where it is certainly not made. */
  readonly written?: readonly RecordName[]
  /** What the account names no more once the change is made: purged then. */
  readonly dropped?: (result: Result) => readonly RecordName[]
  /** What is answered with a secret that is shown this once, also where the change now waits for approval. */
  readonly answer?: (result: Result) => unknown
}

/**
 * Divides the work of changes among accounts: with each of them all that the account has is read and written. A request
 * that only reads, and then goes on with something else, has a turn as long as it reads.
 */
export interface ChangeTurns {
  /** Resolves when the account may be changed. @throws CodedError `TOO_MANY_CALLS`, `SHUTTING_DOWN` */
  take(accountId: AccountId): Promise<ChangeTurn>
}

export interface ChangeTurn {
  /** @param records that were read or written, mappings and certificates, in all attempts; long ones count more */
  end(records: number): void
}

/** Where nobody has to be kept from taking too much. */
const undividedChanges: ChangeTurns = { take: async () => ({ end: () => {} }) }

export interface AccountWriterOptions {
  readonly store: SecretStore
  readonly changeFeed: ChangeFeed
  readonly clock?: Clock
  /** How long a change is tried before its caller gets 503. */
  readonly deadlineMs?: number
  readonly logger?: RegistryLogger
  /** Whose epoch documents and notices name. */
  readonly epochs?: Pick<EpochWatch, 'current' | 'onChanged'>
  /** Told each time an account is read that is older than it was seen in this epoch. Must not throw. */
  readonly onOlder?: (older: OlderAccount) => void
  /** Whose change it is; by default nobody waits but for changes of the same account. */
  readonly turns?: ChangeTurns
}

export interface Changed<Result> {
  readonly result: Result
  /** As this change left it, or as it is if the command had nothing to change. */
  readonly account: Account
  /** False if the feed has not taken the notice yet: forwarders may then see the change late, within 5 minutes. */
  readonly noticed: boolean
}

/** config-api's side of the registry: every change of an account is one compare-and-set, every read asks the store. */
export class AccountWriter {
  /** Keys, chains and secrets: written before a change names them. */
  readonly records: RecordWriter
  readonly #context: ChangeContext
  readonly #deadlineMs: number
  readonly #announcer: ChangeAnnouncer
  readonly #queues = new SerialQueue<AccountId>()
  readonly #reads: SharedReads<AccountId, Account>
  // Each request by an app key or an invitation asks, before it has a place among the account's.
  readonly #credentialReads: SharedReads<AccountId, Credentials>
  readonly #turns: ChangeTurns
  readonly #epochs: AccountWriterOptions['epochs']
  readonly #closing = new AbortController()

  constructor({ store, changeFeed, clock = systemClock, ...options }: AccountWriterOptions) {
    this.#deadlineMs = options.deadlineMs ?? 10_000
    const { epochs, logger, turns = undividedChanges } = options
    this.#turns = turns
    this.#epochs = epochs
    const accounts = new AccountStore(store, { epochs, onOlder: options.onOlder })
    this.#context = { accounts, store, clock, logger }
    this.#reads = new SharedReads(async (accountId) => (await accounts.read(accountId)).account)
    this.#credentialReads = new SharedReads((accountId) => accounts.credentials(accountId))
    const closing = this.#closing.signal
    this.records = new RecordWriter({ store, clock, deadlineMs: this.#deadlineMs, logger, closing })
    this.#announcer = new ChangeAnnouncer({ changeFeed, clock, logger, closing })
  }

  /** An account that was never written is empty. @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED` */
  read(accountId: AccountId): Promise<Account> {
    return coded(this.#reads.get(accountId))
  }

  /**
   * Reads an account for a request that goes on with something else, which may take long.
   * @throws CodedError as {@link read}, `TOO_MANY_CALLS`
   */
  readInTurn(accountId: AccountId): Promise<Account> {
    return this.#inTurn(
      accountId,
      async (account) => account,
      ({ reading }) => reading,
    )
  }

  /**
   * Does something with all that an account has, which counts as if it were parsed.
   * @throws CodedError as {@link readInTurn}, and what `look` throws
   */
  lookThrough<Result>(accountId: AccountId, look: (account: Account) => Promise<Result>): Promise<Result> {
    return this.#inTurn(accountId, look, ({ reading, whole }) => reading + whole)
  }

  async #inTurn<Result>(
    accountId: AccountId,
    work: (account: Account) => Promise<Result>,
    records: (costs: AccountCosts) => number,
  ): Promise<Result> {
    const turn = await this.#turns.take(accountId)
    try {
      return await work(await this.read(accountId))
    } finally {
      turn.end(records(this.costs(accountId)))
    }
  }

  costs(accountId: AccountId): AccountCosts {
    return this.#context.accounts.known(accountId)
  }

  /** The app keys, invitations and handovers alone, which cost little of a large account. @throws as {@link read} */
  credentials(accountId: AccountId): Promise<Credentials> {
    return coded(this.#credentialReads.get(accountId))
  }

  /** A page of the account's changes, newest first. @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED` */
  async changes(accountId: AccountId, query: ChangeQuery): Promise<FoundChanges & { readonly account: Account }> {
    const account = await this.read(accountId)
    return { account, ...(await coded(readChanges(account, this.#context.store, query))) }
  }

  /**
   * At most `limit` changes from a revision on, oldest first, without what is not kept any longer; and the revision of
   * the account, 0 of one that is not there. It costs little of a large account.
   * @throws CodedError as {@link read}
   */
  async changesFrom(
    accountId: AccountId,
    range: { readonly from: number; readonly limit: number },
  ): Promise<{ readonly changes: readonly Change[]; readonly revision: number }> {
    const account = await coded(this.#context.accounts.changes(accountId))
    const changes = await coded(readChangesFrom(account, this.#context.store, range))
    return { changes, revision: account.revision }
  }

  /**
   * Applies a command and writes the account, again and again until no other change came between. Then the records go
   * that nobody names any more: what the change has dropped, or what was written for one that was not made.
   * @param changeId random, the one that the command's change entry has; used once
   * @throws ApprovalRequested: nothing is changed yet, a second person has to approve it; its records stay until then
   * @throws CodedError of the command, and `ACCOUNT_FULL`, `ACCOUNT_BUSY`, `STORE_DAMAGED`, `STORE_REFUSED`,
   *   `STORE_UNAVAILABLE`, `TOO_MANY_CALLS`, `TOO_MANY_APPROVALS`, `APPROVAL_NOT_ALLOWED`. With
   *   `details.outcome: 'unknown'` the change may be made nevertheless.
   */
  async change<Result>(
    accountId: AccountId,
    changeId: RecordId,
    command: AnyCommand<Result>,
    { written = [], dropped, answer }: ChangeRecords<Result> = {},
  ): Promise<Changed<Result>> {
    let made: Made<Result>
    try {
      made = await this.#make(accountId, changeId, command)
    } catch (error) {
      if (isCertainlyUndone(error)) await this.records.purge(written)
      throw error
    }
    const { asked, ...changed } = made
    const { account, result } = changed
    if (asked) {
      await this.records.purge(written.filter(({ id }) => !isKeptForApproval(account, id)))
      // Where the same was asked for before, this result will never be made.
      throw new ApprovalRequested({ account, ...asked, ...(asked.isNew && answer && { answer: answer(result) }) })
    }
    if (dropped !== undefined)
      await this.records.purge(dropped(result).filter(({ id }) => !isKeptForApproval(account, id)))
    return changed
  }

  async #make<Result>(accountId: AccountId, changeId: RecordId, command: AnyCommand<Result>): Promise<Made<Result>> {
    const deadline = new Deadline(this.#context.clock, this.#deadlineMs)
    let records = 0
    const counted: AnyCommand<Result> = (account) => {
      records += this.costs(accountId).whole
      return command(account)
    }
    const change = new AccountChange(this.#context, accountId, changeId, counted)
    const inTurn = async (failureBefore: unknown) => {
      const turn = await this.#turns.take(accountId)
      return change.run(deadline, failureBefore).finally(() => turn.end(2 * records))
    }
    try {
      const done = await this.#queues.run(accountId, inTurn)
      const isMade = done.account.changes.at(-1)?.changeId === changeId
      const { account, result, asked } = done
      return { account, result, ...(asked && { asked }), noticed: !isMade || (await this.#announce(done)) }
    } catch (error) {
      if (change.mayBeDone) void this.#announceLate(change)
      throw error
    }
  }

  /** To be called when no change is running any more: tries once more the notices that the feed did not take. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#announcer.untilClosed()
  }

  /** What was revoked must stop even if the one who revoked it was told that the outcome isn't known. */
  async #announceLate(change: AccountChange<unknown>): Promise<void> {
    const done = await change.findLater(this.#closing.signal)
    if (done !== undefined) await this.#announce(done)
  }

  #announce({ account, revoked }: Applied<unknown>): Promise<boolean> {
    const { accountId, revision } = account
    return this.#announcer.announce({ account: accountId, revision, revoked, epoch: this.#epochs?.current })
  }
}

type Made<Result> = Changed<Result> & Pick<Outcome<Result>, 'asked'>

/**
 * Whether a change that failed was certainly not made. Where the outcome is not known the account may name its records:
 * garbage collection looks later.
 */
function isCertainlyUndone(error: unknown): boolean {
  return isCodedError(error) && error.details.outcome !== 'unknown'
}

/** The context of a change that the gateway makes by itself. @param now milliseconds since 1970 */
export function ownChange(now: number): CommandContext {
  return { changeId: newRecordId(), at: new Date(now).toISOString(), actor: 'gateway', address: '' }
}

interface ChangeAnnouncerOptions extends Pick<ChangeContext, 'clock' | 'logger'> {
  readonly changeFeed: ChangeFeed
  /** Aborted: what the feed has not taken is tried once more, and no more than that. */
  readonly closing: AbortSignal
}

/** How long a change waits for its notice: the change itself is already made. */
const appendMs = 2_000
/** After the last, forwarders find the change when their copies expire, within 5 minutes. */
const repeatsMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000]

/** Tells the feed of each change; what the feed doesn't take is retried in the background, a few times at most. */
class ChangeAnnouncer {
  readonly #options: ChangeAnnouncerOptions
  readonly #repeating = new Set<Promise<void>>()

  constructor(options: ChangeAnnouncerOptions) {
    this.#options = options
  }

  /** True if the feed has taken the notice; if not it is repeated. Never rejects. */
  async announce(notice: ChangeNotice): Promise<boolean> {
    if (await this.#append(notice)) return true
    const repeating = this.#repeat(notice).finally(() => this.#repeating.delete(repeating))
    this.#repeating.add(repeating)
    return false
  }

  async untilClosed(): Promise<void> {
    await Promise.all(this.#repeating)
  }

  async #append(notice: ChangeNotice): Promise<boolean> {
    const { changeFeed, clock, logger } = this.#options
    try {
      await new Deadline(clock, appendMs).race(changeFeed.append(notice))
      return true
    } catch (error) {
      const { account, revision } = notice
      logger?.warn({ event: 'change-notice-late', err: error, account, revision }, 'a change notice was not taken')
      return false
    }
  }

  async #repeat(notice: ChangeNotice): Promise<void> {
    const { clock, logger, closing } = this.#options
    for (const ms of repeatsMs) {
      await clock.sleep(ms, closing)
      const isLast = closing.aborted
      if (await this.#append(notice)) return
      if (isLast) break
    }
    logger?.warn(
      { event: 'change-notice-lost', account: notice.account },
      'gave up on a change notice: forwarders see the change within 5 minutes',
    )
  }
}

/** Runs jobs with the same key one after the other, in the order in which they came. */
class SerialQueue<Key> {
  readonly #last = new Map<Key, Promise<unknown>>()

  /** The job is given what the one before it failed with, if it had to wait for one that failed. */
  async run<T>(key: Key, job: (failureBefore?: unknown) => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(() => job(), job)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
