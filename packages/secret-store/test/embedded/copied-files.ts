import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../temporary-directory.ts'

const ofDatabase = ['secrets.db', 'secrets.db-wal', 'secrets.db-shm']

/** What an attacker, or a backup, has kept of a closed store. */
export class CopiedFiles {
  readonly #directory = temporaryDirectory()
  readonly #of: string

  constructor(of: string) {
    this.#of = of
    cpSync(of, this.#directory, { recursive: true })
  }

  putDatabaseBack(into = this.#of): void {
    this.#putBack(ofDatabase, into)
  }

  putHeadBack(into = this.#of): void {
    this.#putBack(['secrets.head'], into)
  }

  #putBack(names: readonly string[], into: string): void {
    for (const name of names) {
      rmSync(join(into, name), { force: true })
      const kept = join(this.#directory, name)
      if (existsSync(kept)) cpSync(kept, join(into, name))
    }
  }
}
