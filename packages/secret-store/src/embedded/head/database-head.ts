import { hash, type KeyObject } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { seal, unseal } from '../encryption/seal.ts'

/** The state of the database's rows when the gateway last wrote one. */
export interface Head {
  /** Lasts from the beginning, or from one acceptance to the next. */
  readonly lineage: string
  /** The number of writes in the lineage. */
  readonly counter: number
  /** The sum of the marks of all rows. */
  readonly sum: bigint
}

/** A head, and what names it. */
export interface StoredHead extends Head {
  readonly digest: string
}

const label = 'head'

/** The head in the database. The transaction of each write also writes it, sealed: see `addUp`. */
export class DatabaseHead {
  readonly #key: KeyObject
  /** What was last read or written, which need not be opened again. */
  #known: { readonly head: StoredHead; readonly sealed: Uint8Array } | undefined
  readonly #select: StatementSync
  readonly #replace: StatementSync

  constructor(database: DatabaseSync, key: KeyObject) {
    this.#key = key
    this.#select = database.prepare('SELECT sealed FROM head')
    this.#replace = database.prepare(
      'INSERT INTO head (id, sealed) VALUES (1, ?) ON CONFLICT DO UPDATE SET sealed = ?1',
    )
  }

  read(): StoredHead | 'missing' | 'damaged' {
    const row = this.#select.get()
    if (row === undefined) return 'missing'
    // A BLOB, as the table is STRICT.
    const sealed = row.sealed as Uint8Array
    if (this.#known && Buffer.compare(this.#known.sealed, sealed) === 0) return this.#known.head
    const json = unseal(this.#key, label, sealed)
    if (json === undefined) return 'damaged'
    const { lineage, counter, sum }: { lineage: string; counter: number; sum: string } = JSON.parse(json.toString())
    return this.#know({ lineage, counter, sum: BigInt(sum) }, sealed)
  }

  write(head: Head): StoredHead {
    const json = JSON.stringify({ ...head, sum: `0x${head.sum.toString(16)}` })
    const sealed = seal(this.#key, label, Buffer.from(json))
    this.#replace.run(sealed)
    return this.#know(head, sealed)
  }

  #know(head: Head, sealed: Uint8Array): StoredHead {
    const known = { ...head, digest: hash('sha256', sealed, 'hex') }
    this.#known = { head: known, sealed }
    return known
  }
}
