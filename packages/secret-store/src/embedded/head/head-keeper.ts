import { createHmac, hash } from 'node:crypto'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreError } from '../../port/secret-store.ts'
import type { Mismatch } from '../events/store-event.ts'
import { DatabaseHead, type StoredHead } from './database-head.ts'
import { HeadFile } from './head-file.ts'
import type { HeadKeys } from './head-keys.ts'
import { type FoundHead, mismatchOf, mismatchSentences } from './mismatch.ts'
import { addUp, type MarkedRow, markOf, markOfStored, type RowSum, selectRowStart, sumOfRows } from './row-marks.ts'

/** What a look at a whole store has found. */
export interface Examined extends FoundHead, RowSum {
  readonly mismatch: Mismatch | undefined
}

/** Keeps the head of a database, and its note in `secrets.head`, in step with the rows. */
export class HeadKeeper {
  readonly #database: DatabaseSync
  readonly #keys: HeadKeys
  readonly #head: DatabaseHead
  readonly #file: HeadFile
  readonly #selectRow: StatementSync
  readonly #selectKeyCheck: StatementSync
  readonly #transaction: Readonly<Record<'begin' | 'commit' | 'rollback', StatementSync>>

  constructor(database: DatabaseSync, directory: string, keys: HeadKeys) {
    this.#database = database
    this.#keys = keys
    this.#head = new DatabaseHead(database, keys.head)
    this.#file = new HeadFile(join(directory, 'secrets.head'), keys.file)
    this.#selectRow = database.prepare(selectRowStart)
    this.#selectKeyCheck = database.prepare('SELECT sealed FROM key_check')
    this.#transaction = {
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      rollback: database.prepare('ROLLBACK'),
    }
  }

  /**
   * Writes one row, which `write` returns as it will be, and the head in one transaction.
   * @throws StoreError `damaged`: the head is not the last one; what `write` throws
   */
  change(path: string, write: () => MarkedRow | undefined): void {
    const head = this.inTransaction(() => {
      const last = this.#last()
      const minus = markOfStored(this.#keys.rows, this.#selectRow.get(path))
      const row = write()
      const plus = row === undefined ? 0n : markOf(this.#keys.rows, row)
      const sum = addUp(last.sum, { plus, minus })
      return this.#head.write({ lineage: last.lineage, counter: last.counter + 1, sum })
    })
    this.#file.write(head)
  }

  /** Reads the file first: it must not be later than what the transaction sees. */
  find(): FoundHead {
    return { note: this.#file.read(), head: this.#head.read() }
  }

  /** Adds up all rows, in steps. Call it in a transaction, with what was found at its beginning. */
  *examine(found: FoundHead): Generator<undefined, Examined> {
    const { sum, rows } = yield* sumOfRows(this.#database, this.#keys.rows)
    const isOther = typeof found.head === 'object' && found.head.sum !== sum
    const isEmpty = rows === 0 && found.head === 'missing'
    const mismatch = isEmpty ? 'no-store' : (mismatchOf(found) ?? (isOther ? 'rows' : undefined))
    return { ...found, sum, rows, mismatch }
  }

  /** Begins a new lineage, with the rows as they are. Call it in a transaction that writes. */
  begin(lineage: string, sum: bigint): StoredHead {
    this.#file.begin({ lineage, counter: 0, digest: '-' })
    return this.#head.write({ lineage, counter: 1, sum })
  }

  /** Updates a file that a crash, or two writers at the same moment, left behind the database. */
  catchUp(): void {
    const { head, note } = this.find()
    if (typeof head === 'object' && mismatchOf({ head, note }) === undefined) this.#file.write(head)
  }

  /**
   * Goes on with a head that another key has sealed: the rows are sealed anew, and have this sum. Call it in the
   * transaction that does that.
   */
  takeOver(last: StoredHead, sum: bigint): void {
    this.#head.write({ lineage: last.lineage, counter: last.counter + 1, sum })
  }

  /** Makes the file for a copy of a database, from the head that is in it. */
  writeFile(): void {
    const head = this.#head.read()
    if (typeof head !== 'object') throw changedError(head === 'missing' ? 'no-head' : 'damaged-head')
    this.#file.begin(head)
  }

  /** Names this very state for an operator to accept; nobody can know the name in advance. */
  nameOf({ head, note, sum }: Examined): string {
    // All lost stores look the same but for the random bytes in the check of the key.
    const keyCheck = hash('sha256', this.#selectKeyCheck.get()?.sealed as Uint8Array, 'hex')
    const parts = [head, note, sum, keyCheck]
    const state = JSON.stringify(parts, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    return createHmac('sha256', this.#keys.file).update(`accept ${state}`).digest('hex').slice(0, 16)
  }

  /** As {@link catchUp}, on disk. */
  close(): void {
    try {
      this.catchUp()
      this.#file.close()
    } catch {
      // The file may lag behind; the next start updates it.
    }
  }

  /** A transaction that writes: no other process writes meanwhile. */
  inTransaction<T>(work: () => T): T {
    this.#transaction.begin.run()
    try {
      const result = work()
      this.#transaction.commit.run()
      return result
    } catch (error) {
      if (this.#database.isTransaction) this.#transaction.rollback.run()
      throw error
    }
  }

  #last(): StoredHead {
    const { head, note } = this.find()
    const mismatch = mismatchOf({ head, note })
    if (mismatch !== undefined || typeof head !== 'object') throw changedError(mismatch ?? 'no-head')
    return head
  }
}

/** For a store that has started; before that, see `checkHead`. */
export function changedError(mismatch: Mismatch): StoreError {
  return new StoreError('damaged', `${mismatchSentences[mismatch]} Restart the services: they say what to do.`)
}
