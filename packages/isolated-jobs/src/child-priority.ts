import { constants, setPriority } from 'node:os'

/** An account has one `first` process at a time; whatever it runs beside that is `further`. */
export type Rank = 'first' | 'further'

const priorities = { first: constants.priority.PRIORITY_BELOW_NORMAL, further: constants.priority.PRIORITY_LOW }

/**
 * Gives out ranks: an owner's next task is the first one again as soon as its first has ended. There is one for
 * everything that a service starts: with two of them, an account would have two first processes.
 */
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
 * With fewer cores than processes, the service's own thread goes first, as it serves everybody. Next come the first
 * processes of each account: what an account runs beside its first costs others next to nothing.
 */
export function giveWay(pid: number | undefined, rank: Rank): void {
  try {
    if (pid !== undefined) setPriority(pid, priorities[rank])
  } catch {
    // It has already ended, or the platform does not let its priority change; it works all the same.
  }
}
