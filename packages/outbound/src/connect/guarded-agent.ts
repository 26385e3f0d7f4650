import { Agent, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { AddressLookup, type AddressSource } from '../addresses/address-lookup.ts'
import { TargetGuard, type TargetGuardOptions } from '../addresses/target-guard.ts'
import { checkDeploymentCas } from '../identities/certificate-list.ts'
import { TlsContext } from '../identities/tls-contexts.ts'
import { ConnectionAttempt, type ConnectionOptions } from './connection-attempt.ts'
import { defaultConnectionSettings } from './connection-settings.ts'

export interface GuardedAgentOptions {
  readonly guard: TargetGuardOptions
  /** PEM: CAs that the deployment trusts beside the system's. */
  readonly extraCa: readonly string[]
  /** How names become addresses; an {@link AddressLookup} with its defaults if left out. */
  readonly addresses?: AddressSource
}

/**
 * An agent for clients of node:https: its connections go past the target guard, present no certificate, and are made
 * anew for each request.
 */
export class GuardedAgent extends Agent {
  readonly #addresses: AddressSource
  readonly #options: Omit<ConnectionOptions, 'lookup'>

  constructor({ guard, extraCa, addresses }: GuardedAgentOptions) {
    super({ keepAlive: false })
    checkDeploymentCas(extraCa)
    const { connectTimeoutMs, handshakeTimeoutMs } = defaultConnectionSettings
    const targetGuard = new TargetGuard(guard)
    this.#addresses = addresses ?? new AddressLookup({ guard: targetGuard })
    this.#options = {
      guard: targetGuard,
      context: new TlsContext({}, extraCa),
      hasClientCertificate: false,
      trust: undefined,
      trace: false,
      connectTimeoutMs,
      handshakeTimeoutMs,
      onHandshake: undefined,
      loop: undefined,
    }
  }

  override createConnection(
    { host, port }: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    // Node's type wants a stream beside an error; it looks at the error first.
    const done = callback as (error: Error | null, stream: Duplex | null) => void
    const hostname = host ?? ''
    // Whose call it is is not known here: each name has a share of its own.
    const options = { ...this.#options, lookup: this.#addresses.of(hostname) }
    new ConnectionAttempt(options, hostname, Number(port ?? 443), done).start()
  }
}
