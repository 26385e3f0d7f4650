interface BoundedMemoLimits {
  readonly maxTexts: number
  /** In characters; what is longer is made each time. */
  readonly maxLength: number
}

/** What was made of texts that come again and again, kept within limits. Texts have one byte a character. */
export class BoundedMemo<Value> {
  readonly #limits: BoundedMemoLimits
  readonly #kept = new Map<string, Value>()

  constructor(limits: BoundedMemoLimits) {
    this.#limits = limits
  }

  get(text: string): Value | undefined {
    return this.#kept.get(text)
  }

  /** Makes it anew, of a copy of the text: a piece of a longer one would keep all of that. */
  make(text: string, madeOf: (copy: string) => Value): Value {
    const { maxTexts, maxLength } = this.#limits
    const copy = Buffer.from(text, 'latin1').toString('latin1')
    const value = madeOf(copy)
    if (text.length > maxLength) return value
    // Those that are in use are soon back; whoever invents more keeps no place from them.
    if (this.#kept.size >= maxTexts) this.#kept.clear()
    this.#kept.set(copy, value)
    return value
  }
}
