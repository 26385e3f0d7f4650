import type { BlockList } from 'node:net'
import { TransportError } from '../failures/transport-error.ts'
import { TargetAddressRules } from './target-address-rules.ts'

export const defaultTargetPorts: readonly number[] = [443, 8443]

export interface TargetGuardOptions {
  /** Addresses that are let through although they are private or special; each a CIDR or a single address. */
  readonly allowCidrs: readonly string[]
  readonly ports: readonly number[] | 'any'
}

/** Keeps tenants' urls away from the deployment's own network. There is no way to connect without one. */
export class TargetGuard {
  /** Asked for each address that is about to be connected to. */
  readonly addresses: BlockList
  readonly #ports: ReadonlySet<number> | undefined

  /** @throws RangeError for a malformed CIDR */
  constructor(options: TargetGuardOptions) {
    this.addresses = new TargetAddressRules(options.allowCidrs)
    this.#ports = options.ports === 'any' ? undefined : new Set(options.ports)
  }

  /** Why this port is refused, or undefined if it is not. */
  portRefusal(port: number): TransportError | undefined {
    if (this.#ports === undefined || this.#ports.has(port)) return undefined
    return new TransportError('TARGET_PORT_REFUSED', { detail: String(port) })
  }
}
