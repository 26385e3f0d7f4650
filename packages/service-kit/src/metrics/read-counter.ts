import { Counter, type Registry } from 'prom-client'

export interface ReadCounterOptions<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly Label[]
  readonly registry: Registry
  /** What has been counted since the start, by labels. */
  readonly read: () => Iterable<readonly [labels: Readonly<Record<Label, string>>, count: number]>
}

/** A counter whose numbers are kept by those who count, and read when scraped. */
export function readCounter<Label extends string = never>(options: ReadCounterOptions<Label>): void {
  const { name, help, labelNames = [], registry, read } = options
  new Counter<Label>({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset()
      for (const [labels, count] of read()) this.inc({ ...labels }, count)
    },
  })
}
