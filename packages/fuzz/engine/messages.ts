import type { Finding } from './campaign.ts'

/** What the process of one target is to do. */
export interface Job {
  readonly name: string
  readonly seed: number
  readonly seconds: number
  /** Whether cases that reach something new are added to the repository's corpus. */
  readonly grow: boolean
  /** Path of the file in which it keeps the case that it is looking at. */
  readonly presentCase: string
}

/** How far it is. */
export interface Report {
  readonly isDone: boolean
  readonly cases: number
  readonly corpus: number
  /** Characters of code, and features. */
  readonly reached: string
  readonly findings: readonly Finding[]
  readonly notes: readonly string[]
}
