import type { RecordId } from '../identifiers/ids.ts'
import type { Account } from './account.ts'
import type { IdempotencyMark } from './idempotency.ts'
import type { Precondition } from './precondition.ts'

/** What comes with a command, so that applying it again gives the same result. */
export interface CommandContext {
  readonly changeId: RecordId
  /** When the change is made: ISO 8601 in UTC. */
  readonly at: string
  /** Who asks: an app key, `{issuer}#{subject}` of a token, or an invitation with its label. */
  readonly actor: string
  /** The address that the request came from. */
  readonly address: string
  /** Whether the actor may do what the scope `mtls:admin` is for. */
  readonly isAdmin?: boolean
  /** By which the actor came in. Nothing is changed by one that the account does not have any more. */
  readonly invitation?: RecordId | undefined
  /** Looked at last: a change that is refused anyway is refused for its own reason. */
  readonly precondition?: Precondition | undefined
  /** The mark of a request that must not be carried out twice. */
  readonly idempotency?: IdempotencyMark | undefined
}

/**
 * Among what a change has revoked: mappings were changed or deleted, so a copy of the account that lacks the change is
 * not served any more while the store can be read. One word instead of their ids, of which one change may have very
 * many, because nobody asks for one of them.
 */
export const changedMappings = 'mappings'

export interface Applied<Result> {
  readonly account: Account
  readonly result: Result
  /**
   * What stops at once: version ids, app keys, invitations, handovers, and {@link changedMappings} for what mappings
   * have said.
   */
  readonly revoked: readonly string[]
}

/** A pure function on the account: the next account and what to answer, or a thrown CodedError. */
export type Command<Result> = (account: Account) => Applied<Result>

/** A command for thousands of entries: it pauses between them, so that others are answered meanwhile. */
export type LongCommand<Result> = (account: Account) => Generator<undefined, Applied<Result>>

export type AnyCommand<Result> = (account: Account) => ReturnType<Command<Result> | LongCommand<Result>>
