import { constants, setPriority } from 'node:os'

/** An account has one `first` process at a time; whatever it runs beside that is `further`. */
export type Rank = 'first' | 'further'

const priorities = { first: constants.priority.PRIORITY_BELOW_NORMAL, further: constants.priority.PRIORITY_LOW }

/** Gives out ranks: an owner's next task is the first one again as soon as its first has ended. */
export class Ranks {
  readonly #withFirst = new Set<string>()

  async run<Result>(owner: string, task: (rank: Rank) => Promise<Result>): Promise<Result> {
    if (this.#withFirst.has(owner)) return task('further')
    this.#withFirst.add(owner)
    try {
      return await task('first')
    } finally {
      this.#withFirst.delete(owner)
    }
  }
}

/**
 * Where there are fewer cores than processes, the service's own thread goes first: it serves everybody. After it come
 * the first ones of each account: what an account has going on beside its first costs others as good as nothing.
 */
export function giveWay(pid: number | undefined, rank: Rank): void {
  try {
    if (pid !== undefined) setPriority(pid, priorities[rank])
  } catch {
    // It has ended already, or the platform does not let it be told; it works all the same.
  }
}
