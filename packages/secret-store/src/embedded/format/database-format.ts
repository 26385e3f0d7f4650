import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { refuseNewerFormat } from '@mtls-gateway/domain'

/** The format of `secrets.db` and `secrets.head`: the database's `user_version`. 0, which nobody has set, is 1. */
const knownFormat = 1

/** Tells whether a later release has made the database into something else, which may be at any time. */
export class DatabaseFormat {
  readonly #database: DatabaseSync
  readonly #select: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#select = database.prepare('PRAGMA user_version')
  }

  get isKnown(): boolean {
    return Number(this.#select.get()?.user_version) <= knownFormat
  }

  /** @throws CodedError `STORE_NEWER` */
  check(): void {
    if (this.isKnown) return
    const format = this.#select.get()?.user_version
    refuseNewerFormat({ what: 'secrets.db', format, known: knownFormat, readBy: this.#readBy() })
  }

  /** Such a release leaves its name in a table that this one does not make. */
  #readBy(): unknown {
    try {
      return this.#database.prepare('SELECT read_by FROM format').get()?.read_by
    } catch {
      return undefined
    }
  }
}
