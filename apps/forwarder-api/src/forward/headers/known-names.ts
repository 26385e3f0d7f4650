import { BoundedMemo } from '@mtls-gateway/event-loop'

/** More than callers and targets have names for fields. */
const limits = { maxTexts: 1_000, maxLength: 64 }

/** What a field's name implies, found out once: each call has the same ten names, and asks six questions of each. */
export class KnownNames<Facts> {
  readonly #factsOf: (lowerCaseName: string) => Facts
  /** By the name as it is written. */
  readonly #known = new BoundedMemo<Facts>(limits)

  constructor(factsOf: (lowerCaseName: string) => Facts) {
    this.#factsOf = factsOf
  }

  get(name: string): Facts {
    return this.#known.get(name) ?? this.#known.make(name, (copy) => this.#factsOf(copy.toLowerCase()))
  }
}
