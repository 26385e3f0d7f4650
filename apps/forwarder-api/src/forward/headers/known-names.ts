import { BoundedMemo } from '@mtls-gateway/event-loop'

/** More than the field names that callers and targets use. */
const limits = { maxTexts: 1_000, maxLength: 64 }

/** Facts about field names, computed once: each call has the same ten names, and asks six questions about each. */
export class KnownNames<Facts> {
  readonly #factsOf: (lowerCaseName: string) => Facts
  /** By the name as it was sent. */
  readonly #known = new BoundedMemo<Facts>(limits)

  constructor(factsOf: (lowerCaseName: string) => Facts) {
    this.#factsOf = factsOf
  }

  get(name: string): Facts {
    return this.#known.get(name) ?? this.#known.make(name, (copy) => this.#factsOf(copy.toLowerCase()))
  }
}
