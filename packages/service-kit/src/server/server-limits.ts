export interface ServerLimits {
  /** Request line and headers, in bytes. */
  readonly headerBytes: number
  /** For the TLS handshake, and then for the request line and headers to arrive, from the start of the connection. */
  readonly headersTimeoutMs: number
  /**
   * Limit without a byte on a connection that waits for no answer: between two requests, or before the rest of a body.
   * It is longer than load balancers keep connections (60 s), so that they never meet one that is just being closed.
   */
  readonly idleMs: number
  /** How long a caller may take to read its answer, or 4 KiB per second of that time. */
  readonly unreadMs: number
}

export const defaultLimits: ServerLimits = {
  headerBytes: 16_384,
  headersTimeoutMs: 20_000,
  idleMs: 66_000,
  unreadMs: 30_000,
}
