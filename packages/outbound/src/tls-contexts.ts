import type { SecureContext } from 'node:tls'
import { createCallerContext, type TargetCaller } from './client-identity.ts'

interface HeldContext {
  readonly secureContext: SecureContext
  users: number
}

/** The right to make connections with a context, until it is given back. */
export interface ContextLease {
  readonly secureContext: SecureContext
  /** To be called once there is neither a connection nor an attempt at one any more: OpenSSL takes no context that is closed. */
  release(): void
}

/**
 * The OpenSSL contexts of all callers. Callers of one account that present the same certificate and trust the same CAs have one
 * together, whatever else they check, and those that present and trust nothing of their own have one over all accounts: a context
 * holds no TLS session. Node cannot share parsed CAs between contexts (ADR 20).
 */
export class TlsContexts {
  readonly #extraCa: readonly string[]
  readonly #held = new Map<string, HeldContext>()

  /** @param extraCa PEM: CAs that the deployment trusts beside the system's */
  constructor(extraCa: readonly string[]) {
    this.#extraCa = extraCa
  }

  get size(): number {
    return this.#held.size
  }

  /** @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE` */
  lease(caller: TargetCaller): ContextLease {
    const key = contextKey(caller)
    const held = this.#held.get(key) ?? { secureContext: createCallerContext(caller, this.#extraCa), users: 0 }
    this.#held.set(key, held)
    held.users++
    let isGivenBack = false
    const release = () => {
      if (isGivenBack) return
      isGivenBack = true
      held.users--
      if (held.users === 0) this.#close(key, held)
    }
    return { secureContext: held.secureContext, release }
  }

  /** At once: V8 knows nothing of what OpenSSL keeps, and may not collect the heap for an hour. */
  #close(key: string, { secureContext }: HeldContext): void {
    this.#held.delete(key)
    secureContext.context.close()
  }
}

function contextKey({ accountId, identity, trust }: TargetCaller): string {
  if (identity === undefined && trust?.ca === undefined) return ''
  return `${accountId} ${identity?.versionId ?? ''} ${trust?.ca?.key ?? ''}`
}
