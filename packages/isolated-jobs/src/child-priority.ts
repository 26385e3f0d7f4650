import { constants, setPriority } from 'node:os'

/** Of an account's processes: its first one, or one beside that. */
export type Rank = 'first' | 'further'

const priorities = { first: constants.priority.PRIORITY_BELOW_NORMAL, further: constants.priority.PRIORITY_LOW }

/** @param held how many an account has of the places for processes, that of this one among them */
export function rankOf(held: number): Rank {
  return held > 1 ? 'further' : 'first'
}

/**
 * Where there are fewer cores than processes, the service's own thread goes first: it serves everybody. After it come the first ones of each
 * account: what an account has going on beside its first costs others as good as nothing.
 */
export function giveWay(pid: number | undefined, rank: Rank): void {
  try {
    if (pid !== undefined) setPriority(pid, priorities[rank])
  } catch {
    // It has ended already, or the platform does not let it be told; it works all the same.
  }
}
