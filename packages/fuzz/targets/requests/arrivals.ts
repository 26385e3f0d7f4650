import { type Arrival, tokenIn } from './recording-target.ts'
import type { Filled } from './template.ts'

/** What the base url stands for, at the target. */
export const baseOfTarget = '/base/'
/** Batches in which a request may still arrive: a call goes on for a while after its caller's connection closed. */
const remembered = 50

/** Compares what reached the target with what callers sent. */
export class Arrivals {
  readonly #sent: (readonly Filled[])[] = []
  readonly #seen = new Set<string>()
  /** How many more may come. */
  #left = 0

  /** @param arrivals those since the last time */
  faultOf(arrivals: readonly Arrival[], sent: readonly Filled[]): string | undefined {
    this.#sent.push(sent)
    for (const { tokens } of this.#sent.length > remembered ? (this.#sent.shift() ?? []) : []) {
      for (const token of tokens) this.#seen.delete(token)
    }
    this.#left += sent.reduce((sum, { signatures }) => sum + signatures, 0) - arrivals.length
    if (this.#left < 0) return 'more requests reach the target than callers have signed'
    for (const { path, authorization = '', fault } of arrivals) {
      const token = tokenIn(path) ?? ''
      const from = this.#sent.flat().find(({ tokens }) => tokens.includes(token))
      if (fault !== undefined) return fault
      if (from?.below.includes(token) && !path.startsWith(baseOfTarget)) return `a call leaves its base url: ${path}`
      if (from === undefined) return `a request reaches the target that nobody has sent: ${JSON.stringify(path)}`
      if (this.#seen.has(token)) return 'a request reaches the target twice'
      this.#seen.add(token)
      if (authorization.includes('oauth_signature') && !isOverride(from, authorization)) {
        return "the caller's signature reaches the target"
      }
    }
    return undefined
  }
}

/** The caller may want the target to get anything. */
function isOverride({ bytes }: Filled, authorization: string): boolean {
  const lines = bytes.toString('latin1').split('\r\n')
  return lines.some((line) => /^lp-authorization-override:/i.test(line) && line.includes(authorization))
}
