const longest = 200
/** Keys, tokens, ids and whatever is encoded: no English word is that long. */
const mayBeSecret = /[\w+/=.-]{21,}/g

/**
 * The reasons that a server gives for a refusal, as one line for the log: short, and without anything that could be a
 * secret, since a server may repeat what was sent.
 */
export function reasonsOf(errors: readonly unknown[]): string {
  const texts = errors.filter((text) => typeof text === 'string')
  const line = texts
    .join('; ')
    .slice(0, 10 * longest)
    .replace(mayBeSecret, '…')
    .replace(/\s+/g, ' ')
    .replace(/(?<![. ])[. ]+$/, '')
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}
