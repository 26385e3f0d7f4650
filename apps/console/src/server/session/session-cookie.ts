import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'
import {
  type CookieRules,
  cookieName,
  cookiesOf,
  fromPieces,
  mostCookieBytes,
  piecesFrom,
  setCookie,
  toPieces,
} from './cookies.ts'
import type { Seal } from './seal.ts'
import { endOf, type Session } from './session.ts'

type Caller = Pick<IncomingMessage, 'headers'>

/** What a browser brings of a session. `unreadable`: it was sealed with a key that this console does not have. */
export type Found =
  | { readonly is: 'good'; readonly session: Session }
  | { readonly is: 'expired'; readonly session: Session }
  | { readonly is: 'none' | 'unreadable' }

/** A browser keeps the cookie for a week longer than the session lasts: who comes back learns that it has expired. */
const toldSeconds = 604_800

/** Sessions as they lie in browsers. */
export class SessionCookie {
  readonly #seal: Seal<Session>
  readonly #rules: CookieRules
  readonly #name: string

  constructor(seal: Seal<Session>, rules: CookieRules) {
    this.#seal = seal
    this.#rules = rules
    this.#name = cookieName('session', rules)
  }

  async find(request: Caller): Promise<Found> {
    const text = fromPieces(this.#name, cookiesOf(request))
    if (text === undefined) return { is: 'none' }
    const session = await this.#seal.open(text)
    if (session === undefined) return { is: 'unreadable' }
    return { is: endOf(session) > Date.now() ? 'good' : 'expired', session }
  }

  /** Undefined if there is none, or it has ended. */
  async read(request: Caller): Promise<Session | undefined> {
    const found = await this.find(request)
    return found.is === 'good' ? found.session : undefined
  }

  /** Values of `Set-Cookie`. @throws CodedError `SESSION_TOO_LARGE` */
  async write(request: Caller, session: Session): Promise<readonly string[]> {
    const text = await this.#sealed(session)
    const maxAgeSeconds = (endOf(session) - Date.now()) / 1_000 + toldSeconds
    const options = { sameSite: 'strict', maxAgeSeconds } as const
    const pieces = toPieces(this.#name, text).map(([name, value]) => setCookie(name, value, options, this.#rules))
    return [...pieces, ...this.#expired(request, pieces.length)]
  }

  /** Values of `Set-Cookie` that remove what the request brought of a session. */
  clear(request: Caller): readonly string[] {
    return this.#expired(request, 0)
  }

  #expired(request: Caller, from: number): readonly string[] {
    const options = { sameSite: 'strict', maxAgeSeconds: 0 } as const
    return piecesFrom(this.#name, from, cookiesOf(request)).map((name) => setCookie(name, '', options, this.#rules))
  }

  async #sealed(session: Session): Promise<string> {
    const text = await this.#seal.close(session)
    if (text.length <= mostCookieBytes) return text
    throw new CodedError(
      'SESSION_TOO_LARGE',
      'The tokens of the identity provider are too large for a cookie. Have it put fewer claims into the access token.',
    )
  }
}
