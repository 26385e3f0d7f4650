import type { AppKey } from '../gateway/bench-account.ts'

/** What a hostile client does endlessly, from an address of its own. */
export type AttackOrder = RequestsOrder | ConnectionsOrder

interface Pressure {
  /** `http://127.0.0.1:PORT` of the service. */
  readonly url: string
  /** This many are under way at all times: each one that is turned away is replaced. */
  readonly atOnce: number
  /** At most this many new ones per second. */
  readonly perSecond: number
  /** From this many addresses in turn, by default from one. */
  readonly addresses?: number
}

/** Connections over which nothing is sent. */
export interface ConnectionsOrder extends Pressure {
  readonly kind: 'connections'
}

export interface RequestsOrder extends Pressure {
  readonly kind: 'requests'
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Sent in turn after the path, by default none; each without its `?`. */
  readonly queries?: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** Called in turn, by `LP-forward-url`. */
  readonly targetUrls?: readonly string[]
  /** Signs each request. */
  readonly appKey?: AppKey
  /** Names these in turn in a signature that is well-formed and wrong. */
  readonly forgedAppKeys?: readonly string[]
  /** Sends an invented Bearer token with each request, another one each time. */
  readonly inventsTokens?: boolean
  readonly body?: Uint8Array
  /** Sent instead of `body`: a text in which `{n}` stands for the number of the request. */
  readonly numberedBody?: string
  /** `true`: each byte of the body is a chunk. */
  readonly isCrumbled?: boolean
  /** Sends the body in chunks, at this rate; by default it goes out whole, with its length. */
  readonly bodyBytesPerSecond?: number
  /** `true`: a body is sent to its end even once it has been answered. */
  readonly sendsOn?: boolean
}

/** The measured tenant calls from 127.0.0.1. @param index of the attacker's addresses, the first of which is 0 */
export function hostileAddress(index = 0): string {
  return `127.0.0.${index + 2}`
}

/** How many requests got which status; `none`: the connection ended without one. */
export type AttackTally = Readonly<Record<string, number>>

/** The services keep their ordinary throttle, which refuses more from one address before doing anything. */
export const throttledPerSecond = 150
