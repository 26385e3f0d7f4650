import { expect, it } from '@jest/globals'
import { Histogram, Registry } from 'prom-client'
import { SlotHistogram } from '../../src/index.ts'

const [name, help, buckets] = ['waits_seconds', 'Waits', [0.1, 1, 10]]
const observed = [0.05, 0.1, 0.5, 10, 11, 0]

it("a histogram of slots is served as prom-client's own is", async () => {
  const [own, others] = [new Registry(), new Registry()]
  const slots = new SlotHistogram({ name, help, labelNames: ['pool', 'of'], buckets, registry: own })
  const other = new Histogram({ name, help, labelNames: ['pool', 'of'], buckets, registers: [others] })
  for (const labels of [
    { pool: 'a', of: 'b' },
    { pool: 'c', of: 'd' },
  ]) {
    const series = slots.series(labels)
    for (const seconds of observed) {
      series.observe(seconds)
      other.observe(labels, seconds)
    }
  }
  expect(await own.metrics()).toBe(await others.metrics())
})

it('a histogram of slots without labels shows zeros before anything is observed', async () => {
  const [own, others] = [new Registry(), new Registry()]
  new SlotHistogram({ name, help, buckets, registry: own }).series({})
  new Histogram({ name, help, buckets, registers: [others] })
  expect(await own.metrics()).toBe(await others.metrics())
})
