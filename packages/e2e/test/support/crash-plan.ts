/** Where the writes of an account end. */
export interface CrashAt {
  /** From 1, counted from when the plan was made. */
  readonly write: number
  readonly when: 'before' | 'after'
}

export interface CrashPlan {
  /** By account. Writes of all others are counted. */
  readonly points: Readonly<Record<string, CrashAt>>
  /** The account at whose point the process dies. Until then the others' writes end one by one. */
  readonly fatal?: string
}

/** A write is done, or done and the last one of its account, or lost. */
export type Fate = 'done' | 'last' | 'lost'

/**
 * Of an account nothing more is written after its point: what the store then has is what a process that died there has
 * left.
 */
export class PlannedWrites {
  readonly #points: CrashPlan['points']
  readonly #tried = new Map<string, number>()
  readonly #ended = new Set<string>()

  constructor({ points }: CrashPlan) {
    this.#points = points
  }

  /** Of the account's next write. */
  fate(account: string): Fate {
    if (this.#ended.has(account)) return 'lost'
    const write = (this.#tried.get(account) ?? 0) + 1
    this.#tried.set(account, write)
    const point = this.#points[account]
    if (point?.write !== write) return 'done'
    this.#ended.add(account)
    return point.when === 'before' ? 'lost' : 'last'
  }
}
