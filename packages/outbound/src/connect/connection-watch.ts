/** A phase that a new connection has passed. `turn`: it waited until its account may shake hands. */
export type ConnectionPhase = 'resolve' | 'connect' | 'turn' | 'handshake'

/** Whoever wants to know how long new connections take. Never learns whose they are. */
export interface ConnectionWatch {
  passed(phase: ConnectionPhase, ms: number): void
  /** An attempt is over. */
  ended(isOpen: boolean): void
}
