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

/** For files that nothing is known about. */
const usualMs = 1_500

/** Jest's `testSequencer`, by how long files took in the last run. */
export default class TestOrder extends JestSequencer {
  override async sort(files: QueuedFile[]): Promise<QueuedFile[]> {
    return longBesideShort(withEstimates(await super.sort(files), longFiles))
  }
}

/** Gives files that have not been run yet and are listed in `seconds` those seconds as their duration. */
export function withEstimates(files: readonly QueuedFile[], seconds: Readonly<Record<string, number>>): QueuedFile[] {
  return files.map((file) => {
    const estimate = seconds[relative(root, file.path)]
    if (file.duration === undefined && estimate !== undefined) file.duration = 1_000 * estimate
    return file
  })
}

/**
 * The longest first, and beside them the shortest, for as much time: long ones mostly wait, so that about two of
 * four workers wait while the others have the two processors. What is between comes last.
 */
export function longBesideShort(files: readonly QueuedFile[]): QueuedFile[] {
  const left = files.toSorted((a, b) => lengthOf(b) - lengthOf(a))
  let [ofLong, ofShort] = [0, 0]
  return files.flatMap(() => {
    const isLong = ofLong <= ofShort
    const next = isLong ? left.shift() : left.pop()
    if (next === undefined) return []
    if (isLong) ofLong += lengthOf(next)
    else ofShort += lengthOf(next)
    return [next]
  })
}

function lengthOf({ duration = usualMs }: QueuedFile): number {
  return duration
}
