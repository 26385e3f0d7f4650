import type { Random } from './random.ts'

/** The outcome of one case. */
export interface Verdict {
  /** What must never happen, as a sentence. Findings that differ only in digits and quoted text count as one. */
  readonly finding?: string
  /** What the case showed, in words. A case that shows something new is kept, and mutated in turn. */
  readonly features?: readonly string[]
}

/** Something that reads bytes from strangers, and how it is attacked. */
export interface FuzzTarget {
  /** Also the name of its folder below `corpus`. */
  readonly name: string
  /** Words that mutations insert. */
  readonly dictionary: readonly string[]
  /** Cases to begin with, in addition to the corpus. */
  seeds(): readonly Buffer[] | Promise<readonly Buffer[]>
  /** Makes a case from a grammar instead of from another case. */
  generate?(random: Random): Buffer
  /** Replaces the general mutations for some of the cases. */
  mutate?(input: Buffer, random: Random): Buffer
  /** Urls of scripts in this process whose coverage guides the choice of cases; without it features do. */
  readonly covered?: RegExp
  /** How many cases `run` is given at once. */
  readonly batch: number
  readonly maxBytes: number
  open(options: OpenOptions): Promise<OpenTarget>
}

export interface OpenOptions {
  /** Whether others' readers, in processes of their own, are asked too. */
  readonly withOthers: boolean
}

export interface OpenTarget {
  /** For the reader of the result, such as what is missing on this machine. */
  readonly notes: readonly string[]
  /**
   * One verdict per input. A rejection ends the run.
   * @param begin called with the index of a case before it is run: if the process then hangs, that case is to blame
   */
  run(inputs: readonly Buffer[], begin: (index: number) => void): Promise<readonly Verdict[]>
  close(): Promise<void>
}

/** Findings of one kind have the same key. */
export function findingKey(finding: string): string {
  return finding.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\d+/g, '0')
}
