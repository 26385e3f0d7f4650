import { Gauge, type Registry } from 'prom-client'

/** Shows how far another clock is ahead of this process's, from the first time that it is told. */
export class ClockSkew {
  readonly #gauge: Gauge<'against'>

  constructor(registry: Registry) {
    this.#gauge = new Gauge({
      name: 'clock_skew_seconds',
      help: 'How far the clock of a server is ahead of that of this process',
      labelNames: ['against'],
      registers: [registry],
    })
  }

  of(against: 'redis' | 'vault'): (aheadMs: number) => void {
    const child = this.#gauge.labels({ against })
    return (aheadMs) => child.set(aheadMs / 1_000)
  }
}
