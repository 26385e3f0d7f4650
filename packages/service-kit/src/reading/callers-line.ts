import { Line, ShortRest, TurnBatch } from '@mtls-gateway/event-loop'
import { LongReaders } from './long-readers.ts'
import { LongReads, type Suspect } from './long-reads.ts'
import type { ReadingMetrics } from './reading-metrics.ts'
import { TurnBudget } from './turn-budget.ts'

/** Of a turn, for all that need no line because each of them is quick. */
const atOnceMs = 4

/**
 * The one line of all callers whose requests come in many small pieces: who they are is not known before they are
 * authenticated. While others are served, it has a tenth of the event loop. Addresses have their turns one after the
 * other, and what one of them does makes no other one wait for long.
 */
export class CallersLine {
  readonly turnBatch = new TurnBatch()
  readonly longReaders = new LongReaders()
  readonly longReads = new LongReads(this.turnBatch)
  readonly atOnce = new TurnBudget(this.turnBatch, atOnceMs)
  readonly metrics: ReadingMetrics
  readonly line: Line
  readonly #byAddress = new Map<string, Set<Suspect>>()
  #othersAt = Number.NEGATIVE_INFINITY

  constructor(metrics: ReadingMetrics) {
    this.metrics = metrics
    this.line = new Line(
      () => this.#othersAt,
      () => {},
      new ShortRest(),
    )
  }

  /** A connection is open, from an address if that is the caller's. */
  enter(reader: Suspect, address: string | undefined): void {
    this.longReads.enter(reader)
    if (address === undefined) return
    const known = this.#byAddress.get(address)
    if (known) known.add(reader)
    else this.#byAddress.set(address, new Set([reader]))
  }

  leave(reader: Suspect, address: string | undefined): void {
    this.longReads.leave(reader)
    if (address === undefined) return
    const known = this.#byAddress.get(address)
    known?.delete(reader)
    if (known?.size === 0) this.#byAddress.delete(address)
  }

  /** Whether a new connection is likely to bring a long read before it would have to line up. */
  isSuspect(address: string | undefined): boolean {
    return this.longReads.isRecent || (address !== undefined && this.longReaders.has(address))
  }

  /**
   * A read took long. Other connections from its address are likely to bring as much, even in this turn: they are read
   * in slices before they do. The one that did is in the middle of it.
   */
  noteLong(address: string | undefined, long: Suspect): void {
    this.longReads.note(long)
    if (address === undefined) return
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
