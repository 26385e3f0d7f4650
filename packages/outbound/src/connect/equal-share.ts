/**
 * What each of many may have of a whole, where those that have less leave the rest of their shares to the others. Those
 * that have about the same, within a factor of two, are looked at together: it costs as little with many as with few.
 */
export class EqualShare {
  /** By how often their bytes can be halved. */
  readonly #groups: { count: number; bytes: number }[] = []
  #count = 0

  /** Somebody's bytes are no longer the same: zero is nobody. */
  change(before: number, after: number): void {
    this.#add(before, -1)
    this.#add(after, 1)
  }

  of(whole: number): number {
    let left = whole
    let count = this.#count
    for (const [halvings, group] of this.#groups.entries()) {
      if (left / count < 2 ** (halvings + 1)) break
      left -= group.bytes
      count -= group.count
    }
    return count === 0 ? whole : left / count
  }

  #add(bytes: number, sign: 1 | -1): void {
    if (bytes === 0) return
    const halvings = Math.floor(Math.log2(bytes))
    while (this.#groups.length <= halvings) this.#groups.push({ count: 0, bytes: 0 })
    const group = this.#groups[halvings]
    if (group === undefined) return
    group.count += sign
    group.bytes += sign * bytes
    this.#count += sign
  }
}
