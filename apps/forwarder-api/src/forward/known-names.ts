/** More than callers and targets have names for fields. Whoever invents more has them looked at each time. */
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
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const facts = this.#factsOf(name.toLowerCase())
    if (this.#known.size < maxNames && name.length <= maxNameLength) this.#known.set(name, facts)
    return facts
  }
}
