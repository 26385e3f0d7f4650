/** Bounds on what calls can make the gateway wait for and hold. Times are in milliseconds. */
export interface ConnectionSettings {
  /**
   * Identities (account, certificate version, trust, TLS settings) that keep connections, over all accounts; one that
   * trusts CAs of its own counts as several, by what those take.
   */
  readonly maxIdentities: number
  /** How many of these one account may have. */
  readonly maxIdentitiesPerAccount: number
  /** An identity without a call for as long as this, or for twice as long at most, is closed. */
  readonly idleIdentityMs: number
  /** Connections of one identity to one target, and so its calls at once there; more wait in order. */
  readonly connectionsPerTarget: number
  /** Finding the address and TCP together. */
  readonly connectTimeoutMs: number
  readonly handshakeTimeoutMs: number
  /** For the target to take the request, and from its end to the head of the answer. */
  readonly headersTimeoutMs: number
  /**
   * Between two pieces of the answer's body, or for the target to take more of the request once the answer has begun.
   */
  readonly bodyTimeoutMs: number
  /** How long an idle connection is kept where the target does not say (`Keep-Alive: timeout=`). */
  readonly keepAliveTimeoutMs: number
  /** How long calls that run when their certificate is replaced may go on. */
  readonly drainTimeoutMs: number
}

/** Those for the connections of one identity to one target. */
export type PoolLimits = Pick<
  ConnectionSettings,
  'connectionsPerTarget' | 'headersTimeoutMs' | 'bodyTimeoutMs' | 'keepAliveTimeoutMs'
>

export const defaultConnectionSettings: ConnectionSettings = {
  maxIdentities: 20_000,
  maxIdentitiesPerAccount: 20_000,
  idleIdentityMs: 300_000,
  connectionsPerTarget: 256,
  connectTimeoutMs: 10_000,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  keepAliveTimeoutMs: 15_000,
  drainTimeoutMs: 600_000,
}
