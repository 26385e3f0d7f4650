/**
 * When a connection on its way up had come how far, in milliseconds by `performance.now()`. Undefined: not that far.
 * Nothing is measured of one that is open already.
 */
export class OpeningTimes {
  readonly startedAt = performance.now()
  /** Its address is known: at once, if the url has it. */
  lookedUpAt: number | undefined
  /** TCP is connected. */
  connectedAt: number | undefined
  /** It is its turn to begin with TLS. Until then it waits for other handshakes of the gateway. */
  handshakeAt: number | undefined
  /** It is open, or has failed. */
  endedAt: number | undefined
}

/** How long the phases of opening a connection took, in milliseconds; the last of them up to the failure. */
export interface OpeningPhases {
  readonly lookUpMs: number
  readonly connectMs: number | undefined
  readonly handshakeMs: number | undefined
}

export function openingPhases(times: OpeningTimes): OpeningPhases {
  const { startedAt, lookedUpAt, connectedAt, handshakeAt } = times
  const endedAt = times.endedAt ?? performance.now()
  return {
    lookUpMs: (lookedUpAt ?? endedAt) - startedAt,
    connectMs: lookedUpAt === undefined ? undefined : (connectedAt ?? endedAt) - lookedUpAt,
    handshakeMs: handshakeAt === undefined ? undefined : endedAt - handshakeAt,
  }
}

/** Whoever wants to know how long new connections take. Never learns whose they are. */
export interface ConnectionWatch {
  /** An attempt is over. */
  ended(isOpen: boolean, times: OpeningTimes): void
}
