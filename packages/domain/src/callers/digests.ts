import { createHash, timingSafeEqual } from 'node:crypto'

/** What is kept of a secret of 32 random bytes: its SHA-256 as base64url. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** That of a text of many lines. It pauses. */
export function* digestOfLines(lines: readonly string[]): Generator<undefined, string> {
  const hash = createHash('sha256')
  for (const [at, line] of lines.entries()) {
    yield
    hash.update(at === 0 ? line : `\n${line}`)
  }
  return hash.digest('base64url')
}

/** Takes the same time wherever they differ. */
export function isSameDigest(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
