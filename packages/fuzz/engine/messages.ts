import type { Finding } from './findings.ts'

/** What the process of one target is to do. */
export interface Job {
  readonly name: string
  readonly seed: number
  readonly seconds: number
  /** Whether cases that reach something new are added to the repository's corpus. */
  readonly grow: boolean
  /** Path of a file in which it keeps the batch that it is looking at. */
  readonly presentCase: string
  /** Path of such a file of a process before: that batch is looked at once more, and nothing else. */
  readonly again?: string
}

/** How far it is. */
export interface Report {
  readonly isDone: boolean
  readonly cases: number
  readonly corpus: number
  /** Characters of code, and features. */
  readonly reached: string
  readonly findings: readonly Finding[]
  /** Seen, and not again when the same cases were tried once more. */
  readonly notRepeated: readonly Finding[]
  readonly notes: readonly string[]
}
