/** A count as a feature tells it: exact where it is small, then to the next lower power of two. */
export function magnitude(count: number): number {
  return count < 4 ? count : 2 ** Math.floor(Math.log2(count))
}
