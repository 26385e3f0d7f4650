import { createHmac, type KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

const markBits = 256
/** The IV and tag stand for everything that is sealed: without the master key no one can change it under them. */
const startBytes = 28
/** How many rows are marked in one step. */
const rowsAStep = 100

/** A row, in the order of its columns. */
export interface MarkedRow {
  readonly path: string
  readonly version: number
  readonly writtenAt: number
  readonly sealed: Uint8Array
}

export interface RowSum {
  readonly sum: bigint
  readonly rows: number
}

/** Read as text: a number that something else has put there may be too large for JavaScript. */
const columns = `version || ' ' || written_at || ' ' || length(sealed) || ' ' || path AS name,
  substr(sealed, 1, ${startBytes}) AS start`

/** Selects what {@link markOfStored} takes, for the row of a path. */
export const selectRowStart = `SELECT ${columns} FROM secrets WHERE path = ?`

/**
 * The marks of all rows, added up modulo 2^256: a multiset hash (MSet-Add-Hash, Clarke et al. 2003). Each write updates
 * it with what it takes away and adds. It is safe only because nobody without the key ever sees a mark or a sum.
 */
export function addUp(sum: bigint, { plus = 0n, minus = 0n }: { plus?: bigint; minus?: bigint }): bigint {
  return BigInt.asUintN(markBits, sum + plus - minus)
}

export function markOf(key: KeyObject, { path, version, writtenAt, sealed }: MarkedRow): bigint {
  return mark(key, sealed.subarray(0, startBytes), `${version} ${writtenAt} ${sealed.length} ${path}`)
}

/** @param row from {@link selectRowStart}; undefined: there is none */
export function markOfStored(key: KeyObject, row: Record<string, unknown> | undefined): bigint {
  if (row === undefined) return 0n
  // The expressions have these types, whatever is in the table; an empty BLOB has no start.
  const { start, name } = row as { start: Uint8Array | null; name: string }
  return mark(key, start ?? new Uint8Array(), name)
}

/** Adds up all rows, a hundred in each step. */
export function* sumOfRows(database: DatabaseSync, key: KeyObject): Generator<undefined, RowSum> {
  let [sum, rows] = [0n, 0]
  for (const row of database.prepare(`SELECT ${columns} FROM secrets`).iterate()) {
    sum = addUp(sum, { plus: markOfStored(key, row) })
    rows += 1
    if (rows % rowsAStep === 0) yield
  }
  return { sum, rows }
}

/** Different rows give different bytes: the name ends where the start, of a known length, begins. */
function mark(key: KeyObject, start: Uint8Array, name: string): bigint {
  const bytes = Buffer.concat([Buffer.from(`${name} `), start, Buffer.alloc(startBytes - start.length)])
  return BigInt(`0x${createHmac('sha256', key).update(bytes).digest('hex')}`)
}
