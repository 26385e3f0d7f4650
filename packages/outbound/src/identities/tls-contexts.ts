import type { SecureContext } from 'node:tls'
import type { AccountIdentity, ConnectionIdentity } from './connection-identity.ts'
import { createTlsContext } from './create-tls-context.ts'

/** An OpenSSL context, made when the first connection needs it: that blocks the event loop for 0.4 ms and more. */
export class TlsContext {
  readonly #identity: ConnectionIdentity
  readonly #extraCa: readonly string[]
  #made: SecureContext | undefined

  /** @param extraCa PEM: CAs that the deployment trusts in addition to the system's */
  constructor(identity: ConnectionIdentity, extraCa: readonly string[]) {
    this.#identity = identity
    this.#extraCa = extraCa
  }

  get isMade(): boolean {
    return this.#made !== undefined
  }

  /** @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`, `TARGET_TRUST_UNUSABLE` */
  get(): SecureContext {
    this.#made ??= createTlsContext(this.#identity, this.#extraCa)
    return this.#made
  }

  /** At once: V8 knows nothing of what OpenSSL keeps, and may not collect the heap for an hour. */
  close(): void {
    this.#made?.context.close()
  }
}

/** The right to make connections with a context, until it is given back. */
export interface ContextLease {
  readonly context: TlsContext
  /** Call it once there is no connection left, and no attempt at one: OpenSSL takes no context that is closed. */
  release(): void
}

/**
 * The OpenSSL contexts of all identities. Those of one account that present the same certificate and trust the same CAs
 * have one together, whatever else they check, and those that present and trust nothing of their own have one over all
 * accounts: a context holds no TLS session. Node cannot share parsed CAs between contexts (ADR 60).
 */
export class TlsContexts {
  readonly #extraCa: readonly string[]
  readonly #held = new Map<string, { readonly context: TlsContext; users: number }>()

  /** @param extraCa PEM: CAs that the deployment trusts in addition to the system's */
  constructor(extraCa: readonly string[]) {
    this.#extraCa = extraCa
  }

  get size(): number {
    return this.#held.size
  }

  lease(identity: AccountIdentity): ContextLease {
    const key = contextKey(identity)
    const held = this.#held.get(key) ?? { context: new TlsContext(identity, this.#extraCa), users: 0 }
    this.#held.set(key, held)
    held.users++
    let isGivenBack = false
    const release = () => {
      if (isGivenBack) return
      isGivenBack = true
      held.users--
      if (held.users > 0) return
      this.#held.delete(key)
      held.context.close()
    }
    return { context: held.context, release }
  }
}

function contextKey({ accountId, credentials, trust }: AccountIdentity): string {
  if (credentials === undefined && trust?.ca === undefined) return ''
  return `${accountId} ${credentials?.versionId ?? ''} ${trust?.ca?.key ?? ''}`
}
