export interface Keyed<Item> {
  readonly key: string
  readonly item: Item
}

/** The first of many by their keys, which differ. Only so many are sorted at a time, however many are added. */
export class FirstByKey<Item> {
  readonly #count: number
  readonly #isBefore: (one: string, other: string) => boolean
  #kept: Keyed<Item>[] = []
  /** No later key is among the first. */
  #last: string | undefined

  constructor(count: number, isBefore: (one: string, other: string) => boolean) {
    this.#count = count
    this.#isBefore = isBefore
  }

  add(each: Keyed<Item>): void {
    if (this.#last !== undefined && this.#isBefore(this.#last, each.key)) return
    this.#kept.push(each)
    if (this.#kept.length < 2 * this.#count) return
    this.#kept = this.sorted()
    this.#last = this.#kept.at(-1)?.key
  }

  sorted(): Keyed<Item>[] {
    return this.#kept.toSorted((one, other) => (this.#isBefore(one.key, other.key) ? -1 : 1)).slice(0, this.#count)
  }
}
