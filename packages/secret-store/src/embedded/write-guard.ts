import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isStoreError, StoreError } from '../port/secret-store.ts'
import type { StoreEvent } from './events/store-event.ts'
import { asStoreError } from './sqlite-error.ts'

/** For the pages that a write changes besides. */
const marginBytes = 65_536

/**
 * Notices that a write can't last: the disk takes none, or the database is no longer the file at its path. What is
 * written to a deleted file would be lost with this process.
 */
export class WriteGuard {
  readonly #path: string
  readonly #file: string | undefined
  readonly #onEvent: (event: StoreEvent) => void
  /** How large the write was that failed; undefined once one of that size has succeeded. */
  #failedBytes: number | undefined
  #isMissing = false

  /** For a database that has just been opened at this path. */
  constructor(path: string, onEvent: (event: StoreEvent) => void = () => {}) {
    this.#path = path
    this.#file = fileAt(path)
    this.#onEvent = onEvent
  }

  /**
   * @param bytes about how much is written: a small write may succeed where a large one still fails
   * @throws StoreError `damaged`: the file is gone, and nothing was written; that of the write
   */
  run<T>(bytes: number, write: () => T): T {
    this.#checkFile()
    try {
      const result = write()
      if (this.#failedBytes !== undefined && bytes >= this.#failedBytes) {
        this.#failedBytes = undefined
        this.#onEvent({ kind: 'writable' })
      }
      return result
    } catch (error) {
      throw this.#seen(asStoreError(error), bytes)
    }
  }

  /** For health checks. Tries a write only after one has failed. @throws as {@link run} */
  check(write: (bytes: number) => void): void {
    const bytes = this.#failedBytes
    if (bytes === undefined) this.#checkFile()
    else this.run(bytes, () => write(bytes + marginBytes))
  }

  #seen(error: unknown, bytes: number): unknown {
    if (!isStoreError(error, 'not-writable')) return error
    this.#failedBytes = Math.max(bytes, this.#failedBytes ?? 0)
    this.#onEvent({ kind: 'write-failed', cause: error.message, freeBytes: freeBytesAt(dirname(this.#path)) })
    return error
  }

  #checkFile(): void {
    const wasMissing = this.#isMissing
    this.#isMissing = fileAt(this.#path) !== this.#file
    if (!this.#isMissing) return
    if (!wasMissing) this.#onEvent({ kind: 'mismatch', mismatch: 'no-store' })
    throw new StoreError(
      'damaged',
      'secrets.db was deleted or replaced while it was in use. Restore a backup of the whole data directory, and ' +
        'restart the services.',
    )
  }
}

/** Identifies a file, whatever its path. */
function fileAt(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}

function freeBytesAt(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  } catch {
    return undefined
  }
}
