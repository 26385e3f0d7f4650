import { Line, ShortRest, TurnBatch } from '@mtls-gateway/event-loop'
import { LongReaders } from './long-readers.ts'
import { LongReads, type Suspect } from './long-reads.ts'
import type { ReadingMetrics } from './reading-metrics.ts'
import { TurnBudget } from './turn-budget.ts'

/** The part of a turn for all reads that need not wait in line because each is quick. */
const atOnceMs = 4

/**
 * The line in which all callers wait whose requests come in many small pieces, because nobody knows who they are before
 * they are authenticated. While others are served, it gets a tenth of the event loop. Addresses take turns, and no
 * address makes another one wait for long.
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

  /** A connection has opened; `address` is given if it is the caller's own. */
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

  /** Whether a new connection is likely to bring a long read before it would have to wait in line. */
  isSuspect(address: string | undefined): boolean {
    return this.longReads.isRecent || (address !== undefined && this.longReaders.has(address))
  }

  /**
   * A read took long. Other connections from its address are likely to do the same, even in this turn, so they are read
   * in slices from now on. The connection itself is in the middle of its read.
   */
  noteLong(address: string | undefined, long: Suspect): void {
    this.longReads.note(long)
    if (address === undefined) return
    const isKnown = this.longReaders.has(address)
    this.longReaders.note(address)
    if (isKnown) return
    for (const reader of this.#byAddress.get(address) ?? []) if (reader !== long) reader.slice()
  }

  /** Call it for every request on a connection that has not had to wait in line. */
  noteOther(): void {
    this.#othersAt = performance.now()
  }
}
