import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Env } from './backends.ts'

const hook = new URL('../fixtures/record-loads.ts', import.meta.url).href

/** What a process loads as code, written down by a hook in it. */
export class LoadedCode {
  /** For the process. */
  readonly env: Env
  readonly #list: string

  constructor(directory: string) {
    this.#list = join(directory, 'loaded-files')
    this.env = { NODE_OPTIONS: `--import=${hook}`, LOADED_FILES: this.#list }
  }

  /** Paths, in the order in which they were loaded. */
  async files(): Promise<readonly string[]> {
    const urls = (await readFile(this.#list, 'utf8')).trim().split('\n')
    return urls.map((url) => fileURLToPath(url))
  }

  /** The modules of libraries in these files, as paths below `node_modules`: bundles name each before its code. */
  async libraryModules(): Promise<readonly string[]> {
    const bundles = await Promise.all((await this.files()).map((file) => readFile(file, 'utf8')))
    return bundles.flatMap((bundle) =>
      [...bundle.matchAll(/^\/\/ \S*node_modules\/(\S+)$/gm)].map(([, path]) => path ?? ''),
    )
  }
}
