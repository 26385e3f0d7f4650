import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import type { HeadEvent, Mismatch, StoreEvent } from '../events/store-event.ts'
import type { Examined, HeadKeeper } from './head-keeper.ts'
import { isWithoutHead, mismatchSentences } from './mismatch.ts'

export interface HeadOptions {
  /** The name of a state that does not match its head, from the error that refused it: this state is accepted. */
  readonly accept?: string | undefined
  readonly onEvent?: ((event: StoreEvent) => void) | undefined
}

/** For {@link checkHead}. */
export interface CheckedStore extends HeadOptions {
  readonly directory: string
  /** Whether the store may begin. If not, a store without anything is one that was lost. */
  readonly isFirstStart: () => boolean
}

/**
 * Compares all rows with the head, and the head with the file beside the database; begins both in a new store.
 * @throws CodedError `STORE_HEAD_MISMATCH`, `STORE_MISSING`
 */
export function checkHead(database: DatabaseSync, keeper: HeadKeeper, options: CheckedStore): void {
  const isSound = examineNow(database, keeper).mismatch === undefined
  const event = isSound ? undefined : keeper.inTransaction(() => settle(keeper, options))
  keeper.catchUp()
  if (event) options.onEvent?.(event)
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
function settle(keeper: HeadKeeper, { directory, accept, isFirstStart }: CheckedStore): HeadEvent | undefined {
  const found = toEnd(keeper.examine(keeper.find()))
  const { mismatch, rows, sum } = found
  if (mismatch === undefined) return undefined
  const isNew = mismatch === 'no-store' && isWithoutHead(found) && isFirstStart()
  if (!isNew && accept !== keeper.nameOf(found)) throw refused(mismatch, keeper.nameOf(found), directory)
  keeper.begin(randomBytes(16).toString('hex'), sum)
  return isNew ? undefined : { kind: 'accepted', secrets: rows, mismatch }
}

function toEnd<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

function refused(mismatch: Mismatch, name: string, directory: string): CodedError {
  if (mismatch === 'no-store') {
    return new CodedError(
      'STORE_MISSING',
      `There is a master key, but no store in ${directory}: ${mismatchSentences[mismatch]} Check that DATA_DIR is the ` +
        'right directory and that its volume is mounted, or restore a backup of the whole directory. To begin a new, ' +
        `empty store, start both services with EMBEDDED_STORE_ACCEPT=${name}.`,
    )
  }
  return new CodedError(
    'STORE_HEAD_MISMATCH',
    `The embedded store was changed outside of the gateway. ${mismatchSentences[mismatch]} Restore a backup of the whole data ` +
      `directory, or, if this state is wanted, stop both services and start them with EMBEDDED_STORE_ACCEPT=${name}.`,
  )
}
