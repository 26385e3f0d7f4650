/** What takes part in a {@link RoundRobin} carries its own links: taking part allocates nothing. */
export interface Linked<Each extends Linked<Each>> {
  /** Where it waits for its turn. */
  queue: RoundRobin<Each> | undefined
  before: Each | undefined
  after: Each | undefined
}

/**
 * Those who wait, in the order of their turns. A linked list: leaving costs the same from anywhere, with any number.
 */
export class RoundRobin<Each extends Linked<Each>> {
  #first: Each | undefined
  #last: Each | undefined

  get first(): Each | undefined {
    return this.#first
  }

  push(each: Each): void {
    each.queue = this
    each.before = this.#last
    if (this.#last) this.#last.after = each
    else this.#first = each
    this.#last = each
  }

  remove(each: Each): void {
    const { before, after } = each
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    each.queue = undefined
    each.before = undefined
    each.after = undefined
  }
}
