import type { Closable } from '@mtls-gateway/bulkhead'

/** A handshake that has its turn. */
export interface HandshakeTurn {
  /**
   * It is over. May be called again.
   * @param workMs what it took of the event loop, in milliseconds
   */
  end(workMs: number): void
}

export interface HandshakeWish {
  /** Whoever waits no longer wants a turn once this is closed. */
  readonly until: Closable
  /** It is its turn. Also once more after `until` has closed, if its turn was on the way to it: end it then. */
  begin(turn: HandshakeTurn): void
  /** Its turn does not come: with a CodedError, `TOO_MANY_CALLS` or `SHUTTING_DOWN`. */
  refuse(error: Error): void
}
