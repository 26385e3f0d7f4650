import type { OpeningTimes } from './opening-times.ts'

/** Whoever wants to know how long new connections take. Never learns whose they are. */
export interface ConnectionWatch {
  /** An attempt is over. */
  ended(isOpen: boolean, times: OpeningTimes): void
}
