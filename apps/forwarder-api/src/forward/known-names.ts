/** More than callers and targets have names for fields. */
const maxNames = 1_000
const maxNameLength = 64

/** What follows from the name of a field, found out once: each call has the same ten names, and six questions to each of them. */
export class KnownNames<Facts> {
  readonly #factsOf: (lowerCaseName: string) => Facts
  /** By the name as it is written. */
  readonly #known = new Map<string, Facts>()

  constructor(factsOf: (lowerCaseName: string) => Facts) {
    this.#factsOf = factsOf
  }

  get(name: string): Facts {
    return this.#known.get(name) ?? this.#findOut(name)
  }

  #findOut(name: string): Facts {
    // A copy: a piece of a head would keep all of it.
    const copy = Buffer.from(name, 'latin1').toString('latin1')
    const facts = this.#factsOf(copy.toLowerCase())
    if (name.length > maxNameLength) return facts
    // Those that are in use are soon back; whoever invents more keeps no place from them.
    if (this.#known.size >= maxNames) this.#known.clear()
    this.#known.set(copy, facts)
    return facts
  }
}
