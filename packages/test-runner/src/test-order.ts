import { createRequire } from 'node:module'
import { relative } from 'node:path'
import { longFiles } from './long-files.ts'
import { root } from './root.ts'

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

/** In seconds, for files that nothing is known about. */
const usualSeconds = 1.5

/** Jest's `testSequencer`, by how long files took in the last run. */
export default class TestOrder extends JestSequencer {
  override async sort(files: QueuedFile[]): Promise<QueuedFile[]> {
    return longBesideShort(withEstimates(await super.sort(files), longFiles))
  }
}

interface TimedFile extends QueuedFile {
  duration: number
}

/** Gives files that have not been run yet those of `seconds`, or the usual ones, as their duration. */
export function withEstimates(files: readonly QueuedFile[], seconds: Readonly<Record<string, number>>): TimedFile[] {
  return files.map((file) => {
    const duration = file.duration ?? 1_000 * (seconds[relative(root, file.path)] ?? usualSeconds)
    return Object.assign(file, { duration })
  })
}

/**
 * The longest first, and beside them the shortest, for as much time: long ones mostly wait, so that about half of
 * the workers wait while the others have the two processors. What is between comes last.
 */
export function longBesideShort(files: readonly TimedFile[]): TimedFile[] {
  const left = files.toSorted((a, b) => b.duration - a.duration)
  let [ofLong, ofShort] = [0, 0]
  return files.flatMap(() => {
    const isLong = ofLong <= ofShort
    const next = isLong ? left.shift() : left.pop()
    if (next === undefined) return []
    if (isLong) ofLong += next.duration
    else ofShort += next.duration
    return [next]
  })
}
