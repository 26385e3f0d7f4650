import { createRequire } from 'node:module'
import { relative } from 'node:path'
import { longFiles } from './long-files.ts'
import { root } from './workspaces.ts'

interface QueuedFile {
  readonly path: string
  /** How long it took the last time, in milliseconds. */
  duration?: number
}

interface Sequencer {
  sort(files: QueuedFile[]): QueuedFile[] | Promise<QueuedFile[]>
}

// Its types describe a CommonJS module, which it is not for `import`.
const require = createRequire(import.meta.url)
const { default: JestSequencer }: { default: new (options: object) => Sequencer } = require('@jest/test-sequencer')

/** Jest's `testSequencer`: its own order, by the last run, after long files that had none. */
export default class LongestFirst extends JestSequencer {
  override async sort(files: QueuedFile[]): Promise<QueuedFile[]> {
    return listedFirst(await super.sort(files), longFiles)
  }
}

/** Puts files that have not been run yet and are listed in `seconds` first, with those seconds as their duration. */
export function listedFirst(files: readonly QueuedFile[], seconds: Readonly<Record<string, number>>): QueuedFile[] {
  const estimate = ({ path, duration }: QueuedFile) =>
    duration === undefined ? seconds[relative(root, path)] : undefined
  const others = files.filter((file) => estimate(file) === undefined)
  const listed = files.filter((file) => estimate(file) !== undefined)
  for (const file of listed) file.duration = 1_000 * (estimate(file) ?? 0)
  return [...listed.sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0)), ...others]
}
