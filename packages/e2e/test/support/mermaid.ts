import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { root } from './entries.ts'

export interface Mermaid {
  readonly version: string
  /** The script for browsers. */
  readonly file: string
  /** @throws (rejects) if a diagram is none */
  parse(diagram: string): Promise<unknown>
}

/** The versions of Mermaid that `infra/mermaid/fetch.mjs` has fetched. */
export function fetchedMermaids(): readonly Mermaid[] {
  const script = `${root}infra/mermaid/fetch.mjs`
  const { stdout } = spawnSync(process.execPath, [script, '--path'], { encoding: 'utf8' })
  const files = stdout.split('\n').filter((path) => path !== '' && existsSync(path))
  return files.map(load)
}

/** Its parsers need no page, but the sanitizer of labels looks for one when it is loaded, and does nothing in this. */
function load(file: string): Mermaid {
  const document = { nodeType: 9, implementation: {}, addEventListener() {}, createElement: () => ({}) }
  const page = { document, Element: class {}, navigator: {}, addEventListener() {}, structuredClone, setTimeout, URL }
  const window = createContext(Object.assign(page, { window: page, self: page, console: { ...console, warn() {} } }))
  runInContext(readFileSync(file, 'utf8'), window)
  const { parse } = runInContext('globalThis.mermaid', window)
  return { version: /\d+\.\d+\.\d+/.exec(basename(file))?.[0] ?? file, file, parse }
}
