import { Counter, type Registry } from 'prom-client'

/** Counts callers that had to wait or were disconnected because of how they send. Names nobody. */
export class ReadingMetrics {
  readonly #linedUp: Counter
  readonly #pipelined: Counter

  constructor(registry: Registry) {
    const registers = [registry]
    this.#linedUp = new Counter({
      name: 'caller_reads_lined_up_total',
      help: 'How often a connection of a caller was not read on until its turn, because it sends in many small pieces',
      registers,
    })
    this.#pipelined = new Counter({
      name: 'caller_pipelines_cut_total',
      help: 'Connections of callers that were closed after the answers due, because more requests came before those',
      registers,
    })
  }

  linedUp(): void {
    this.#linedUp.inc()
  }

  pipelineCut(): void {
    this.#pipelined.inc()
  }
}
