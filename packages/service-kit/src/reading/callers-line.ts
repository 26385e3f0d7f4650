import { EndOfTurn, Line } from '@mtls-gateway/event-loop'
import { LongReaders } from './long-readers.ts'
import type { ReadingMetrics } from './reading-metrics.ts'

/** A connection from an address. */
export interface Suspect {
  /** From now on it is read in slices. */
  slice(): void
}

/**
 * The one line of all callers whose requests come in many small pieces: who they are is not known before they are
 * authenticated. While others are served, it has a tenth of the event loop.
 */
export class CallersLine {
  readonly endOfTurn = new EndOfTurn()
  readonly longReaders = new LongReaders()
  readonly metrics: ReadingMetrics
  readonly line: Line
  readonly #byAddress = new Map<string, Set<Suspect>>()
  #othersAt = Number.NEGATIVE_INFINITY

  constructor(metrics: ReadingMetrics) {
    this.metrics = metrics
    this.line = new Line(
      () => this.#othersAt,
      () => {},
    )
  }

  /** A connection is open from an address. */
  enter(reader: Suspect, address: string): void {
    const known = this.#byAddress.get(address)
    if (known) known.add(reader)
    else this.#byAddress.set(address, new Set([reader]))
  }

  leave(reader: Suspect, address: string): void {
    const known = this.#byAddress.get(address)
    known?.delete(reader)
    if (known?.size === 0) this.#byAddress.delete(address)
  }

  /**
   * A read took long. Other connections from its address are likely to bring as much, even in this turn: they are read
   * in slices before they do. The one that did is in the middle of it.
   */
  noteLong(address: string, long: Suspect): void {
    const isKnown = this.longReaders.has(address)
    this.longReaders.note(address)
    if (isKnown) return
    for (const reader of this.#byAddress.get(address) ?? []) if (reader !== long) reader.slice()
  }

  /** To be told of every request on a connection that has not had to line up. */
  noteOther(): void {
    this.#othersAt = performance.now()
  }
}
