/** A whole number from 0 up to, not including, `below`. */
export type Random = (below: number) => number

/** Seeded (mulberry32), so that a run can be repeated. */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** An item of a list that is not empty. */
export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random(items.length)] as Item // the index is within
}

/** A seed that depends only on the bytes, so that a target makes the same choices whenever a case is replayed. */
export function seedOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash
}
