import { Counter, Histogram, type Registry } from 'prom-client'

/** From a cached answer to the longest call that a target may take, in seconds. */
export const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** For what usually takes less than a millisecond, or much longer if something is wrong, in seconds. */
export const shortBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** For waits, in seconds. */
export const waitBuckets = [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60]

interface MetricOptions<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly Label[]
  readonly registry: Registry
}

interface SlotHistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** In seconds, ascending. */
  readonly buckets: readonly number[]
}

/** One series of a histogram: plain numbers, added to by whoever measures. */
export class Slots<Label extends string = never> {
  readonly labels: Readonly<Record<Label, string>>
  /** By bucket, the last one for what is above all bounds; not cumulative. */
  readonly counts: number[]
  readonly #bounds: readonly number[]
  sum = 0

  constructor(labels: Readonly<Record<Label, string>>, bounds: readonly number[]) {
    this.labels = labels
    this.counts = bounds.map(() => 0)
    this.counts.push(0)
    this.#bounds = bounds
  }

  observe(seconds: number): void {
    const bounds = this.#bounds
    let at = 0
    while (at < bounds.length && seconds > (bounds[at] ?? 0)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += seconds
  }
}

/**
 * A histogram for the path of each call. prom-client's own checks and hashes the labels of each observation, which
 * takes half a microsecond; these are numbers in an array, and labels are looked at once a series.
 */
export class SlotHistogram<Label extends string = never> extends Histogram<Label> {
  readonly #options: SlotHistogramOptions<Label>
  readonly #series = new Map<string, Slots<Label>>()

  constructor(options: SlotHistogramOptions<Label>) {
    const { name, help, labelNames = [], buckets, registry } = options
    super({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] })
    this.#options = options
  }

  /** To be kept by whoever adds to it with each call. */
  series(labels: Readonly<Record<Label, string>>): Slots<Label> {
    const { labelNames = [], buckets } = this.#options
    const key = labelNames.map((name) => labels[name]).join('\n')
    const slots = this.#series.get(key) ?? new Slots(labels, buckets)
    this.#series.set(key, slots)
    return slots
  }

  /** What the registry asks for when it is scraped, instead of prom-client's own values. */
  async getForPromString() {
    const { name, help, buckets } = this.#options
    const values = [...this.#series.values()].flatMap(({ labels: sharedLabels, counts, sum }) => {
      let total = 0
      const bounds: readonly (number | string)[] = [...buckets, '+Inf']
      const inBuckets = bounds.map((le, at) => {
        total += counts[at] ?? 0
        return { labels: { le }, sharedLabels, value: total, metricName: `${name}_bucket` }
      })
      return [
        ...inBuckets,
        { labels: {}, sharedLabels, value: sum, metricName: `${name}_sum` },
        { labels: {}, sharedLabels, value: total, metricName: `${name}_count` },
      ]
    })
    return { name, help, type: 'histogram', values, aggregator: 'sum' }
  }
}

interface ReadCounterOptions<Label extends string> extends MetricOptions<Label> {
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
