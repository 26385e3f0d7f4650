import type { SecureContext } from 'node:tls'
import type { Bulkhead, BulkheadLimits } from '@mtls-gateway/bulkhead'
import { isPromise } from '@mtls-gateway/event-loop'
import type { AccountIdentity } from './connection-identity.ts'
import { createTlsContext } from './create-tls-context.ts'

interface HeldContext {
  readonly secureContext: SecureContext
  users: number
}

/** The right to make connections with a context, until it is given back. */
export interface ContextLease {
  readonly secureContext: SecureContext
  /** Call it once there is no connection left, and no attempt at one: OpenSSL takes no context that is closed. */
  release(): void
}

const mebibyte = 1024 * 1024
/**
 * An estimate: making a context without CAs of its own, and its first connection, takes as long as reading this many
 * bytes of CAs.
 */
const plainContextBytes = 14 * 1024

/**
 * Making a context blocks the event loop, for 4 ms and more with the longest list of the largest CAs. An account may
 * have 1,170 made at once without CAs of its own, or fifteen with such a list, and then 73 or one per second. All
 * accounts together need 20,000 soon after a start.
 */
export const contextLimits: BulkheadLimits = {
  total: 512 * mebibyte,
  share: 16 * mebibyte,
  reserve: 64 * mebibyte,
  cooledPerSecond: mebibyte,
}

/**
 * The OpenSSL contexts of all identities. Those of one account that present the same certificate and trust the same CAs
 * have one together, whatever else they check, and those that present and trust nothing of their own have one over all
 * accounts: a context holds no TLS session. Node cannot share parsed CAs between contexts (ADR 20).
 */
export class TlsContexts {
  readonly #extraCa: readonly string[]
  readonly #making: Bulkhead | undefined
  readonly #held = new Map<string, HeldContext>()

  /**
   * @param extraCa PEM: CAs that the deployment trusts in addition to the system's
   * @param making `tls-contexts`; undefined: nobody shares it
   */
  constructor(extraCa: readonly string[], making?: Bulkhead) {
    this.#extraCa = extraCa
    this.#making = making
  }

  get size(): number {
    return this.#held.size
  }

  /**
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`
   * @throws CodedError `TOO_MANY_CALLS`: it needs a new one, and its account has had too many made
   */
  lease(identity: AccountIdentity): ContextLease {
    const key = contextKey(identity)
    const held = this.#held.get(key) ?? { secureContext: this.#create(identity), users: 0 }
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

  #create(identity: AccountIdentity): SecureContext {
    if (!this.#making) return createTlsContext(identity, this.#extraCa)
    const bytes = plainContextBytes + (identity.trust?.ca?.bytes ?? 0)
    const permit = this.#making.acquire(identity.accountId, Math.min(bytes, contextLimits.share))
    if (isPromise(permit)) throw new TypeError('nobody waits for a context')
    try {
      return createTlsContext(identity, this.#extraCa)
    } finally {
      permit.release()
    }
  }

  /** At once: V8 knows nothing of what OpenSSL keeps, and may not collect the heap for an hour. */
  #close(key: string, { secureContext }: HeldContext): void {
    this.#held.delete(key)
    secureContext.context.close()
  }
}

function contextKey({ accountId, credentials, trust }: AccountIdentity): string {
  if (credentials === undefined && trust?.ca === undefined) return ''
  return `${accountId} ${credentials?.versionId ?? ''} ${trust?.ca?.key ?? ''}`
}
