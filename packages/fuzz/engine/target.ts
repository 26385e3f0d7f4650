import type { Random } from './random.ts'

/** What came of one case. */
export interface Verdict {
  /**
   * What should never be, as a sentence. Findings whose sentences differ in digits and quoted text alone count as one.
   */
  readonly finding?: string
  /** What the case showed, in words: a case that shows something new is kept, and mutated in turn. */
  readonly features?: readonly string[]
}

/** Something that reads strangers' bytes, and how it is attacked. */
export interface FuzzTarget {
  /** Also of its folder below `corpus`. */
  readonly name: string
  /** Words that mutations insert. */
  readonly dictionary: readonly string[]
  /** Cases to begin with, beside those of the corpus. */
  seeds(): readonly Buffer[] | Promise<readonly Buffer[]>
  /** A case made by a grammar, not from another case. */
  generate?(random: Random): Buffer
  /** Instead of the general mutations, for part of the cases. */
  mutate?(input: Buffer, random: Random): Buffer
  /** Scripts in this process whose coverage guides the choice of cases, by their urls; without it features do. */
  readonly covered?: RegExp
  /** Cases that are given to `run` together. */
  readonly batch: number
  readonly maxBytes: number
  open(options: OpenOptions): Promise<OpenTarget>
}

export interface OpenOptions {
  /** Whether readers of others, in processes of their own, are asked too. */
  readonly withOthers: boolean
}

export interface OpenTarget {
  /** For whoever reads the result, such as what is missing on this machine. */
  readonly notes: readonly string[]
  /**
   * One verdict for each input. What it rejects with ends the run.
   * @param begin told of the index of a case before it is looked at: if the process then hangs, that is the case to
   *   blame
   */
  run(inputs: readonly Buffer[], begin: (index: number) => void): Promise<readonly Verdict[]>
  close(): Promise<void>
}

/** Findings of one kind have the same key. */
export function findingKey(finding: string): string {
  return finding.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\d+/g, '0')
}
