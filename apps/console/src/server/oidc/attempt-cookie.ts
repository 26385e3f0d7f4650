import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { type CookieRules, cookieName, cookiesOf, setCookie } from '../session/cookies.ts'
import type { Seal } from '../session/seal.ts'

export const attemptSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** The path to come back to. */
  to: z.string(),
  /** In milliseconds since 1970. */
  expiresAt: z.number(),
})

export type SignInAttempt = z.infer<typeof attemptSchema>

type Caller = Pick<IncomingMessage, 'headers'>

const lifetimeMs = 600_000
/**
 * What attempts in several tabs may take together, in bytes. With more, those before are dropped: any site can begin
 * some, and the head of requests has to have room for the session.
 */
const mostBytes = 2_700

/**
 * Sign-ins that are on their way, each in a cookie of its own. `Lax`: the way back from the provider begins at another
 * site, and a `Strict` cookie would not come along.
 */
export class AttemptCookie {
  readonly #seal: Seal<SignInAttempt>
  readonly #rules: CookieRules
  readonly #prefix: string

  constructor(seal: Seal<SignInAttempt>, rules: CookieRules) {
    this.#seal = seal
    this.#rules = rules
    this.#prefix = `${cookieName('sign-in', rules)}-`
  }

  /** Values of `Set-Cookie`. */
  async write(request: Caller, attempt: Omit<SignInAttempt, 'expiresAt'>): Promise<readonly string[]> {
    const text = await this.#seal.close({ ...attempt, expiresAt: Date.now() + lifetimeMs })
    const options = { sameSite: 'lax', maxAgeSeconds: lifetimeMs / 1_000 } as const
    const others = [...cookiesOf(request)].filter(([name]) => name.startsWith(this.#prefix))
    const name = this.#nameOf(attempt.state)
    const bytes = [...others, [name, text]].reduce((sum, pair) => sum + pair.join('=; ').length, 0)
    const dropped = bytes <= mostBytes ? [] : others
    return [...dropped.map(([other]) => this.#cleared(other)), setCookie(name, text, options, this.#rules)]
  }

  async read(request: Caller, state: string): Promise<SignInAttempt | undefined> {
    const text = cookiesOf(request).get(this.#nameOf(state))
    const attempt = text === undefined ? undefined : await this.#seal.open(text)
    return attempt !== undefined && attempt.state === state && attempt.expiresAt > Date.now() ? attempt : undefined
  }

  clear(state: string): string {
    return this.#cleared(this.#nameOf(state))
  }

  #nameOf(state: string): string {
    return `${this.#prefix}${state.replace(/[^\w-]/g, '').slice(0, 10)}`
  }

  #cleared(name: string): string {
    return setCookie(name, '', { sameSite: 'lax', maxAgeSeconds: 0 }, this.#rules)
  }
}
