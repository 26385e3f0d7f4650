import type { KeyObject } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SecretFolder, SecretPath } from '../port/paths.ts'
import {
  isStoreError,
  maxSecretBytes,
  type SecretStore,
  type SecretValue,
  type StoredSecret,
  StoreError,
} from '../port/secret-store.ts'
import { writeAndDelete } from './database.ts'
import { seal, unseal } from './encryption/seal.ts'
import type { Mismatch } from './events/store-event.ts'
import { DatabaseFormat } from './format/database-format.ts'
import { changedError, type HeadKeeper } from './head/head-keeper.ts'
import type { HeadWatch } from './head/head-watch.ts'
import { asStoreError } from './sqlite-error.ts'
import type { WriteGuard } from './write-guard.ts'

export interface EmbeddedStoreParts {
  /** The store closes it. */
  readonly database: DatabaseSync
  readonly key: KeyObject
  readonly head: HeadKeeper
  readonly guard: WriteGuard
  /** Looks for a key that has replaced this one; undefined if there is none. */
  readonly renewKey?: (() => { readonly key: KeyObject; readonly head: HeadKeeper } | undefined) | undefined
  /** Called with what to do when it finds something. */
  readonly watch?: (onMismatch: (mismatch: Mismatch) => void) => HeadWatch
}

/** Secrets in SQLite, each sealed under its path and version. Every write is one transaction with that of the head. */
export class EmbeddedStore implements SecretStore {
  readonly #database: DatabaseSync
  #key: KeyObject
  readonly #format: DatabaseFormat
  #head: HeadKeeper
  readonly #renewKey: EmbeddedStoreParts['renewKey']
  readonly #guard: WriteGuard
  readonly #watch: HeadWatch | undefined
  #mismatch: Mismatch | undefined
  readonly #select: StatementSync
  readonly #selectPresence: StatementSync
  readonly #selectTime: StatementSync
  readonly #selectPaths: StatementSync
  readonly #selectAnything: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #delete: StatementSync

  constructor({ database, key, head, guard, renewKey, watch }: EmbeddedStoreParts) {
    this.#database = database
    this.#key = key
    this.#format = new DatabaseFormat(database)
    this.#head = head
    this.#renewKey = renewKey
    this.#guard = guard
    this.#watch = watch?.((mismatch) => {
      this.#mismatch = mismatch
    })
    this.#select = database.prepare('SELECT version, sealed FROM secrets WHERE path = ?')
    this.#selectPresence = database.prepare('SELECT 1 FROM secrets WHERE path = ?')
    this.#selectTime = database.prepare('SELECT written_at FROM secrets WHERE path = ?')
    this.#selectPaths = database.prepare('SELECT path FROM secrets WHERE path >= ? AND path < ?')
    this.#selectAnything = database.prepare('SELECT id FROM key_check')
    this.#insert = database.prepare(
      'INSERT INTO secrets (path, version, sealed, written_at) VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#update = database.prepare(
      'UPDATE secrets SET version = version + 1, sealed = ?, written_at = ? WHERE path = ? AND version = ?',
    )
    this.#delete = database.prepare('DELETE FROM secrets WHERE path = ?')
  }

  async get(path: SecretPath): Promise<StoredSecret | undefined> {
    return this.#query(() => {
      // The table is STRICT: its columns have these types.
      const row = this.#select.get(path) as { version: number; sealed: Uint8Array } | undefined
      if (row === undefined) return undefined
      const json = unseal(this.#key, rowLabel(path, row.version), row.sealed)
      if (json === undefined) throw new StoreError('damaged', `The secret at ${path} is not what was written there.`)
      return { value: JSON.parse(json.toString()), version: row.version }
    })
  }

  async exists(path: SecretPath): Promise<boolean> {
    return this.#query(() => this.#selectPresence.get(path) !== undefined)
  }

  async put(path: SecretPath, value: SecretValue, expectedVersion: number): Promise<number> {
    return this.#query(() => {
      const json = Buffer.from(JSON.stringify(value))
      if (json.length > maxSecretBytes) throw new StoreError('too-large', `The secret for ${path} is over 1 MiB.`)
      const version = expectedVersion + 1
      const sealed = seal(this.#key, rowLabel(path, version), json)
      const writtenAt = Date.now()
      const write = () => {
        const { changes } =
          expectedVersion === 0
            ? this.#insert.run(path, sealed, writtenAt)
            : this.#update.run(sealed, writtenAt, path, expectedVersion)
        if (changes !== 1) throw new StoreError('conflict', `${path} is not at version ${expectedVersion}.`)
        return { path, version, writtenAt, sealed }
      }
      this.#guard.run(sealed.length, () => this.#head.change(path, write))
      return version
    })
  }

  async writtenAt(path: SecretPath): Promise<number | undefined> {
    return this.#query(() => {
      // The table is STRICT: the column has this type.
      const row = this.#selectTime.get(path) as { written_at: number } | undefined
      return row?.written_at
    })
  }

  async list(folder: SecretFolder): Promise<readonly string[]> {
    return this.#query(() => {
      const names = new Set<string>()
      // '0' comes right after '/', so the range is what begins with the folder.
      for (const row of this.#selectPaths.iterate(folder, `${folder.slice(0, -1)}0`)) {
        const below = String(row.path).slice(folder.length)
        names.add(below.slice(0, below.indexOf('/') + 1) || below)
      }
      return [...names]
    })
  }

  async purge(path: SecretPath): Promise<void> {
    this.#query(() => {
      if (this.#selectPresence.get(path) === undefined) return
      this.#guard.run(0, () => this.#head.change(path, () => void this.#delete.run(path)))
    })
  }

  async check(): Promise<void> {
    this.#query(() => {
      this.#selectAnything.get()
      this.#guard.check((bytes) => writeAndDelete(this.#database, bytes))
    })
  }

  async close(): Promise<void> {
    this.#watch?.close()
    if (!this.#database.isOpen) return
    if (this.#format.isKnown) this.#head.close()
    this.#database.close()
  }

  #query<T>(query: () => T): T {
    if (!this.#database.isOpen) throw new StoreError('unavailable', 'The store is closed.')
    try {
      this.#format.check()
      if (this.#mismatch !== undefined) throw changedError(this.#mismatch)
      return this.#withRightKey(query)
    } catch (error) {
      throw asStoreError(error)
    }
  }

  /** What does not open may be sealed under a new key. Only then is it looked for. */
  #withRightKey<T>(query: () => T): T {
    try {
      return query()
    } catch (error) {
      const renewed = isStoreError(error, 'damaged') ? this.#renewKey?.() : undefined
      if (renewed === undefined) throw error
      this.#key = renewed.key
      this.#head = renewed.head
      return query()
    }
  }
}

/** What a secret is bound to: a row with another's path, or with its own older content, does not open. */
export function rowLabel(path: string, version: number): string {
  return `${path}@${version}`
}
