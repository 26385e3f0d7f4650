import type { Compartment } from './compartment.ts'

/** Compartments in the order of their turns. A linked list: leaving costs the same from anywhere, with any number. */
export class RoundRobin {
  #first: Compartment | undefined
  #last: Compartment | undefined

  get first(): Compartment | undefined {
    return this.#first
  }

  push(compartment: Compartment): void {
    compartment.queue = this
    compartment.before = this.#last
    if (this.#last) this.#last.after = compartment
    else this.#first = compartment
    this.#last = compartment
  }

  remove(compartment: Compartment): void {
    const { before, after } = compartment
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    compartment.queue = undefined
    compartment.before = undefined
    compartment.after = undefined
  }
}
