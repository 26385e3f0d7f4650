import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import type { Examined, HeadKeeper } from './head-keeper.ts'
import { isWithoutHead, type Mismatch, mismatchSentences } from './mismatch.ts'

/** What to log about a store's head. */
export type HeadEvent =
  /** The operator has accepted what was found. */
  | { readonly kind: 'accepted'; readonly secrets: number; readonly mismatch: Mismatch }
  /** Found while the store was open, which refuses to work from now on. */
  | { readonly kind: 'mismatch'; readonly mismatch: Mismatch }

export interface HeadOptions {
  /** The name of a state that does not match its head, from the error that refused it: this state is accepted. */
  readonly accept?: string | undefined
  readonly onHead?: ((event: HeadEvent) => void) | undefined
}

/**
 * Compares all rows with the head, and the head with the file beside the database; begins both in a new store.
 * @throws CodedError `STORE_HEAD_MISMATCH`
 */
export function checkHead(database: DatabaseSync, keeper: HeadKeeper, options: HeadOptions): void {
  const isSound = examineNow(database, keeper).mismatch === undefined
  const event = isSound ? undefined : keeper.inTransaction(() => settle(keeper, options))
  keeper.catchUp()
  if (event) options.onHead?.(event)
}

/** Works on a snapshot, so that others may write meanwhile. */
function examineNow(database: DatabaseSync, keeper: HeadKeeper): Examined {
  database.exec('BEGIN')
  try {
    return toEnd(keeper.examine(keeper.find()))
  } finally {
    database.exec('COMMIT')
  }
}

/** Looks again, as another process may have begun the head meanwhile. */
function settle(keeper: HeadKeeper, { accept }: HeadOptions): HeadEvent | undefined {
  const found = toEnd(keeper.examine(keeper.find()))
  const { mismatch, rows, sum } = found
  if (mismatch === undefined) return undefined
  const isNew = rows === 0 && isWithoutHead(found)
  if (!isNew && accept !== keeper.nameOf(found)) throw refused(mismatch, keeper.nameOf(found))
  keeper.begin(randomBytes(16).toString('hex'), sum)
  return isNew ? undefined : { kind: 'accepted', secrets: rows, mismatch }
}

function toEnd<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

function refused(mismatch: Mismatch, name: string): CodedError {
  return new CodedError(
    'STORE_HEAD_MISMATCH',
    `The embedded store was changed outside of the gateway. ${mismatchSentences[mismatch]} Restore a backup of the whole data ` +
      `directory, or, if this state is wanted, stop both services and start them with EMBEDDED_STORE_ACCEPT=${name}.`,
  )
}
