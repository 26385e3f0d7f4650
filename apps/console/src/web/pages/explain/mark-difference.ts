/** A text in three parts: as the other begins, what is different, as the other ends. */
export function markDifference(
  text: string,
  other: string,
): readonly [before: string, different: string, after: string] {
  const least = Math.min(text.length, other.length)
  let start = 0
  while (start < least && text[start] === other[start]) start++
  let end = 0
  while (end < least - start && text.at(-1 - end) === other.at(-1 - end)) end++
  return [text.slice(0, start), text.slice(start, text.length - end), text.slice(text.length - end)]
}
