import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@mtls-gateway/domain'
import { BoardPresence } from '../local/presence.ts'
import { LocalRateCounter } from '../local/rate-counter.ts'
import type { Coordination } from '../port.ts'
import { boardSchema, embeddedBoard } from './board.ts'
import { EmbeddedChangeFeed, noticeSchema } from './change-feed.ts'
import { isLocked, lockExclusively } from './exclusive-lock.ts'
import { embeddedLeases, leaseSchema } from './leases.ts'
import { EmbeddedNonceStore, nonceSchema } from './nonce-store.ts'
import { embeddedOutcomes, outcomeSchema } from './outcomes.ts'
import { callSchema, embeddedRecentCalls } from './recent-calls.ts'
import { type DiskEvent, RuntimeDatabase, unavailable } from './runtime-database.ts'
import { embeddedUsage, usageSchema } from './usage.ts'

export interface EmbeddedCoordinationOptions {
  /** The data directory, on a local disk; created if missing. The processes of one host share its `runtime.db`. */
  readonly directory: string
  /** The name under which nonces survive a restart; only one process may run with it. `forwarder-api`, for example. */
  readonly instance: string
  /** This long without a successful read is a gap for a follower of the change feed; 10,000 ms by default. */
  readonly gapAfterMs?: number
  readonly onEvent?: (event: DiskEvent) => void
}

const schema = [noticeSchema, nonceSchema, leaseSchema, boardSchema, usageSchema, callSchema, outcomeSchema].join('')

/**
 * Coordination of the processes of one host: notices, leases, presence and usage over SQLite; nonces and rate counters
 * in the memory of each process, so that a nonce is seen twice, or a rate exceeded, only within one instance.
 *
 * A process that ends without `close`, or whose `runtime.db` was lost, leaves its nonces unknown: the next one of the
 * same instance answers `before-start` to timestamps up to the second of its own start.
 *
 * @throws CodedError `CONFIGURATION_INVALID` when a running process has this directory and instance name,
 * `COORDINATION_UNAVAILABLE` when the directory can't be used.
 */
export function openEmbeddedCoordination(options: EmbeddedCoordinationOptions): Coordination {
  const { directory, instance, gapAfterMs = 10_000 } = options
  const lockFile = join(directory, `runtime-${encodeURIComponent(instance)}.lock`)
  // Nothing deletes it. Nonces of an instance that has run are known from `runtime.db` or not at all.
  const hasRun = existsSync(lockFile)
  const lock = lockInstance(lockFile, options)
  let database: RuntimeDatabase | undefined
  try {
    database = new RuntimeDatabase(directory, schema, options.onEvent)
    const nonces = new EmbeddedNonceStore(database, instance, hasRun)
    return assemble(database, nonces, gapAfterMs, lock)
  } catch (error) {
    database?.close()
    lock.release()
    throw error
  }
}

function assemble(
  database: RuntimeDatabase,
  nonces: EmbeddedNonceStore,
  gapAfterMs: number,
  lock: { release(): void },
): Coordination {
  const changeFeed = new EmbeddedChangeFeed(database, gapAfterMs)
  let closing: Promise<void> | undefined

  const close = async (): Promise<void> => {
    changeFeed.close()
    try {
      await nonces.close()
    } finally {
      database.close()
      lock.release()
    }
  }
  return {
    changeFeed,
    nonces,
    leases: embeddedLeases(database),
    presence: new BoardPresence(embeddedBoard(database)),
    usage: embeddedUsage(database),
    calls: embeddedRecentCalls(database),
    outcomes: embeddedOutcomes(database),
    rateCounter: ({ perSecond }) => new LocalRateCounter({ perSecond }),
    check: async () => {
      database.check()
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** Two processes that keep nonces under one name would overwrite each other's. */
function lockInstance(path: string, { directory, instance }: EmbeddedCoordinationOptions): { release(): void } {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return lockExclusively(path, 0)
  } catch (error) {
    if (!isLocked(error)) throw unavailable(error)
    throw new CodedError(
      'CONFIGURATION_INVALID',
      `A running ${instance} uses the data directory ${directory} already. Stop it first, or give this one a directory of its own.`,
      { cause: error },
    )
  }
}
