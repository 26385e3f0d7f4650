import { isIP } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { CodedError } from '@mtls-gateway/domain'
import type { AddressSource } from '../addresses/address-lookup.ts'
import type { TargetGuard } from '../addresses/target-guard.ts'
import { explainTransportError } from '../failures/explain-transport-error.ts'

/** What the target guard says of a url before anyone connects to it. */
export interface TargetAccess {
  /** `unknown`: its name was not looked up, or not found. */
  readonly verdict: 'allowed' | 'refused' | 'unknown'
  /** Why a call is refused, or the name was not found; undefined where nothing went wrong. */
  readonly code: string | undefined
  /** A sentence. It names no address that the url does not. */
  readonly explanation: string
}

export interface TargetAccessOptions {
  readonly guard: TargetGuard
  readonly addresses: AddressSource
  /** How long a look-up is waited for; it goes on, and its answer is there for whoever asks next. */
  readonly timeLimitMs?: number
}

/** Asks the target guard about urls, and calls none of them. */
export class TargetAccessCheck {
  readonly #guard: TargetGuard
  readonly #addresses: AddressSource
  readonly #timeLimitMs: number

  constructor({ guard, addresses, timeLimitMs = 3_000 }: TargetAccessOptions) {
    this.#guard = guard
    this.#addresses = addresses
    this.#timeLimitMs = timeLimitMs
  }

  /**
   * @param owner whose share of the look-ups it takes
   * @param url an https url
   * @param mayLookUp false: only the port and an address in the url are judged, and no name server hears of the name
   */
  async of(owner: string, url: string, mayLookUp: boolean): Promise<TargetAccess> {
    const { hostname, port: named } = new URL(url)
    const port = Number(named || 443)
    const target = `${hostname}:${port}`
    const address = hostname.replace(/^\[|\]$/g, '')
    const refusal = this.#guard.refusal(address, port)
    if (refusal) return explained(refusal, target)
    if (isIP(address) !== 0) return allowed(target)
    if (mayLookUp) return this.#lookUp(owner, hostname, target)
    const explanation = `The name of ${target} was not looked up, because no mapping is for this service and url.`
    return { verdict: 'unknown', code: undefined, explanation }
  }

  async #lookUp(owner: string, hostname: string, target: string): Promise<TargetAccess> {
    const lookup = this.#addresses.of(owner)
    const found = new Promise<TargetAccess>((resolve) => {
      lookup(hostname, { all: true }, (error) => resolve(error === null ? allowed(target) : explained(error, target)))
    })
    return Promise.race([found, setTimeout(this.#timeLimitMs, late(target), { ref: false })])
  }
}

function allowed(target: string): TargetAccess {
  return { verdict: 'allowed', code: undefined, explanation: `This gateway may connect to ${target}.` }
}

const refusals: ReadonlySet<string> = new Set(['TARGET_ADDRESS_REFUSED', 'TARGET_PORT_REFUSED'])

function explained(error: Error, target: string): TargetAccess {
  if (error instanceof CodedError) return { verdict: 'unknown', code: error.code, explanation: error.message }
  const { code, message } = explainTransportError(error, target)
  return { verdict: refusals.has(code) ? 'refused' : 'unknown', code, explanation: message }
}

function late(target: string): TargetAccess {
  const explanation = `The name servers did not answer for ${target} in time. Ask again in some seconds.`
  return { verdict: 'unknown', code: 'TIMEOUT', explanation }
}
