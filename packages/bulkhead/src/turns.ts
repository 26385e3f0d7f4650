import type { Lane } from './lane.ts'

/** Lanes in the order of their turns. A linked list: leaving costs the same from anywhere, however many there are. */
export class Turns {
  #first: Lane | undefined
  #last: Lane | undefined

  get first(): Lane | undefined {
    return this.#first
  }

  push(lane: Lane): void {
    lane.turns = this
    lane.before = this.#last
    if (this.#last) this.#last.after = lane
    else this.#first = lane
    this.#last = lane
  }

  remove(lane: Lane): void {
    const { before, after } = lane
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    lane.turns = undefined
    lane.before = undefined
    lane.after = undefined
  }
}
