/** Where the writes of an account end. */
export interface CrashAt {
  /** Counted from 1, since the plan was made. */
  readonly write: number
  readonly when: 'before' | 'after'
}

export interface CrashPlan {
  /** By account. Writes of all other accounts are only counted. */
  readonly points: Readonly<Record<string, CrashAt>>
  /** The process dies at this account's point. Until then the writes of the other accounts end one by one. */
  readonly fatal?: string
}

/** A write is done, or done and the last one of its account, or lost. */
export type Fate = 'done' | 'last' | 'lost'

/** Nothing of an account is written after its point: the store then has what a process that died there has left. */
export class PlannedWrites {
  readonly #points: CrashPlan['points']
  readonly #tried = new Map<string, number>()
  readonly #ended = new Set<string>()

  constructor({ points }: CrashPlan) {
    this.#points = points
  }

  /** The fate of the account's next write. */
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
