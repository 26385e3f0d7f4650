import type { InLine } from './member.ts'

/** Those who wait, one of each party after the other: whoever has many in line has no more turns than who has one. */
export class Waiting {
  /** In the order in which parties have their turns, and the members of each theirs. */
  readonly #byParty = new Map<string | undefined, Set<InLine>>()

  get isEmpty(): boolean {
    return this.#byParty.size === 0
  }

  has(each: InLine): boolean {
    return this.#byParty.get(each.party)?.has(each) ?? false
  }

  add(each: InLine): void {
    const known = this.#byParty.get(each.party)
    if (known) known.add(each)
    else this.#byParty.set(each.party, new Set([each]))
  }

  delete(each: InLine): void {
    const ofParty = this.#byParty.get(each.party)
    ofParty?.delete(each)
    if (ofParty?.size === 0) this.#byParty.delete(each.party)
  }

  /** The next one, which waits no more. */
  take(): InLine | undefined {
    const [next] = this.#byParty
    if (next === undefined) return undefined
    const [party, members] = next
    const [first] = members
    this.#byParty.delete(party)
    if (first !== undefined) members.delete(first)
    // Behind the other parties.
    if (members.size > 0) this.#byParty.set(party, members)
    return first
  }
}
