import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../../port/secret-store.ts'
import { rowLabel } from '../embedded-store.ts'
import { writeKeyCheck } from '../encryption/master-key.ts'
import { seal, unseal } from '../encryption/seal.ts'
import { changedError, HeadKeeper } from '../head/head-keeper.ts'
import { headKeys } from '../head/head-keys.ts'
import { addUp, markOf } from '../head/row-marks.ts'

export interface ResealOptions {
  readonly database: DatabaseSync
  readonly directory: string
  readonly current: KeyObject
  readonly next: KeyObject
  readonly onProgress: (done: number, rows: number) => void
}

const progressRows = 100

/**
 * Seals everything under the next key: rows, head and the check of the key, in one transaction. Whoever reads
 * meanwhile sees all of it under the one key or all of it under the other.
 * @returns the number of secrets
 * @throws StoreError `damaged`: something was not what the gateway has written; nothing was changed
 */
export function reseal({ database, directory, current, next, onProgress }: ResealOptions): number {
  const [keeper, nextKeys] = [new HeadKeeper(database, directory, headKeys(current)), headKeys(next)]
  return keeper.inTransaction(() => {
    const { head, mismatch } = examineNow(keeper)
    if (mismatch !== undefined || typeof head !== 'object') throw changedError(mismatch ?? 'no-head')
    const paths = database.prepare('SELECT path FROM secrets').all()
    const select = database.prepare('SELECT path, version, written_at, sealed FROM secrets WHERE path = ?')
    const update = database.prepare('UPDATE secrets SET sealed = ? WHERE path = ?')
    let sum = 0n
    for (const [index, row] of paths.entries()) {
      // The table is STRICT: its columns have these types.
      const { path, version, written_at, sealed } = select.get(String(row.path)) as unknown as Row
      const plain = unseal(current, rowLabel(path, version), sealed)
      if (plain === undefined) throw new StoreError('damaged', `The secret at ${path} is not what was written there.`)
      const resealed = seal(next, rowLabel(path, version), plain)
      update.run(resealed, path)
      sum = addUp(sum, { plus: markOf(nextKeys.rows, { path, version, writtenAt: written_at, sealed: resealed }) })
      if (index % progressRows === 0) onProgress(index, paths.length)
    }
    writeKeyCheck(database, next)
    new HeadKeeper(database, directory, nextKeys).takeOver(head, sum)
    return paths.length
  })
}

interface Row {
  readonly path: string
  readonly version: number
  readonly written_at: number
  readonly sealed: Uint8Array
}

function examineNow(keeper: HeadKeeper) {
  const steps = keeper.examine(keeper.find())
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
