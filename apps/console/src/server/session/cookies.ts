import type { IncomingMessage } from 'node:http'
import { parseCookie, stringifySetCookie } from 'cookie'

export interface CookieRules {
  /** Over TLS. Without, a cookie can have neither `Secure` nor the prefix that demands it. */
  readonly isSecure: boolean
}

export interface CookieOptions {
  readonly sameSite: 'strict' | 'lax'
  readonly maxAgeSeconds: number
}

/** Browsers keep 4,096 bytes of a cookie, its name and attributes among them. */
const pieceLength = 3_800
/** The head of a request may have 16 KiB altogether. */
export const mostCookieBytes = 12_000
const mostPieces = Math.ceil(mostCookieBytes / pieceLength)

/** No other host can set a cookie with the prefix, and none goes out without TLS. */
export function cookieName(name: string, { isSecure }: CookieRules): string {
  return isSecure ? `__Host-mtls-${name}` : `mtls-${name}`
}

/**
 * By name; of a name that comes twice, the first. The values are ours, so nothing in them is decoded. The library takes
 * only spaces and tabs from around a name: other hosts of the domain can set a name that begins with any other white
 * space, and must not thereby write one with the prefix.
 */
export function cookiesOf({ headers }: Pick<IncomingMessage, 'headers'>): ReadonlyMap<string, string> {
  const cookies = parseCookie(headers.cookie ?? '', { decode: (value) => value })
  return new Map(Object.entries(cookies).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

export function setCookie(name: string, value: string, options: CookieOptions, { isSecure }: CookieRules): string {
  const { sameSite, maxAgeSeconds } = options
  const maxAge = Math.max(0, Math.floor(maxAgeSeconds))
  return stringifySetCookie({ name, value, maxAge, path: '/', httpOnly: true, secure: isSecure, sameSite })
}

/** A text in as many cookies as it needs. The first piece says how many there are. */
export function toPieces(name: string, text: string): readonly (readonly [name: string, value: string])[] {
  const count = Math.ceil(text.length / pieceLength)
  return Array.from({ length: count }, (_, at) => {
    const piece = text.slice(at * pieceLength, (at + 1) * pieceLength)
    return [pieceName(name, at), at === 0 ? `${count}.${piece}` : piece] as const
  })
}

/** Undefined if there is none, or a piece is missing. */
export function fromPieces(name: string, cookies: ReadonlyMap<string, string>): string | undefined {
  const [, count, first] = /^([1-9])\.(.+)$/.exec(cookies.get(name) ?? '') ?? []
  if (first === undefined) return undefined
  const rest = Array.from({ length: Number(count) - 1 }, (_, at) => cookies.get(pieceName(name, at + 1)))
  return rest.every((piece) => piece !== undefined) ? [first, ...rest].join('') : undefined
}

/** What a text in pieces may have left behind, from this piece on. */
export function piecesFrom(name: string, at: number, cookies: ReadonlyMap<string, string>): readonly string[] {
  const names = Array.from({ length: mostPieces }, (_, each) => pieceName(name, each))
  return names.slice(at).filter((each) => cookies.has(each))
}

function pieceName(name: string, at: number): string {
  return at === 0 ? name : `${name}-${at}`
}
