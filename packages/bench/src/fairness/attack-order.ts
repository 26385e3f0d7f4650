import type { AppKey } from '../gateway/bench-account.ts'

/** What somebody hostile does without an end, from an address of its own. */
export type AttackOrder = RequestsOrder | ConnectionsOrder

interface Pressure {
  /** `http://127.0.0.1:PORT` of the service. */
  readonly url: string
  /** So many are under way at all times; whoever is turned away is replaced. */
  readonly atOnce: number
  /** New ones a second at most. */
  readonly perSecond: number
}

/** Connections over which nothing is sent. */
export interface ConnectionsOrder extends Pressure {
  readonly kind: 'connections'
}

export interface RequestsOrder extends Pressure {
  readonly kind: 'requests'
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Called in turn, by `LP-forward-url`. */
  readonly targetUrls?: readonly string[]
  /** Each request is signed by it. */
  readonly appKey?: AppKey
  readonly body?: Uint8Array
  /** Instead: a text in which `{n}` stands for the number of the request. */
  readonly numberedBody?: string
  /** In chunks, so slowly; whole and with its length unless given. */
  readonly bodyBytesPerSecond?: number
  /** `true`: also what has been answered already is sent to its end. */
  readonly sendsOn?: boolean
}

/** The attacker's address; the tenant that is measured calls from 127.0.0.1. */
export const hostileAddress = '127.0.0.2'

/** How often requests were answered with which status; `none`: the connection ended without one. */
export type AttackTally = Readonly<Record<string, number>>

/**
 * The services have their ordinary throttle: more requests of one address are refused before anything is done with
 * them.
 */
export const throttledPerSecond = 150
