import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import {
  OthersMeter,
  othersText,
  type ProcessorTimes,
  processorTimes,
  shareOfOthers,
  untilQuiet,
} from '../src/machine/others.ts'
import { familyCpuMs } from '../src/machine/process-usage.ts'

/** Second by second, what others and this process had of two processors. */
function machine(seconds: readonly { readonly others: number; readonly own?: number }[]) {
  const readings: ProcessorTimes[] = [{ totalMs: 0, busyMs: 0, ownMs: 0 }]
  for (const { others, own = 0 } of seconds) {
    const { totalMs, busyMs, ownMs } = readings.at(-1) ?? { totalMs: 0, busyMs: 0, ownMs: 0 }
    readings.push({ totalMs: totalMs + 2_000, busyMs: busyMs + others + own, ownMs: ownMs + own })
  }
  let second = 0
  return {
    read: () => readings[Math.min(second, readings.length - 1)] ?? { totalMs: 0, busyMs: 0, ownMs: 0 },
    second: async () => void second++,
    seconds: () => second,
  }
}

describe('what others have of the processors', () => {
  it('is what is used of them, without what this process and its children use', () => {
    const before = { totalMs: 10_000, busyMs: 4_000, ownMs: 1_000 }

    expect(shareOfOthers(before, { totalMs: 12_000, busyMs: 5_760, ownMs: 2_000 })).toBeCloseTo(0.38)
    expect(shareOfOthers(before, { totalMs: 12_000, busyMs: 5_000, ownMs: 2_010 })).toBe(0)
    expect(shareOfOthers(before, before)).toBe(0)
    expect(othersText(0.38)).toBe('others used 38 % of the processors')
  })

  it('is told of the time since it was last asked, and of all', async () => {
    const { read, second } = machine([{ others: 1_000 }, { others: 0, own: 2_000 }])
    const meter = new OthersMeter(read)
    await second()
    expect(meter.lap()).toBe(0.5)
    await second()
    expect(meter.lap()).toBe(0)
    expect(meter.total()).toBe(0.25)
  })

  it('does not contain a child of this process, while it runs and when it has ended', async () => {
    const before = familyCpuMs(process.pid)
    const work =
      'for (let n = 0; n < 3e8; n++); const { user, system } = process.cpuUsage(); console.log(user + system)'
    const child = spawn(process.execPath, ['-e', work], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [printed] = await Promise.all([text(child.stdout), once(child, 'close')])

    // The kernel counts in ticks of 10 ms, for user and system.
    expect(familyCpuMs(process.pid) - before).toBeGreaterThanOrEqual(Number(printed) / 1_000 - 20)
  })

  it('is read from the system, whose times go on', async () => {
    const first = processorTimes()
    let last = first
    // The kernel counts in ticks.
    while (last.totalMs === first.totalMs) last = processorTimes()

    expect(last.totalMs).toBeGreaterThan(first.totalMs)
    expect(last.busyMs).toBeGreaterThanOrEqual(first.busyMs)
    expect(last.ownMs).toBeGreaterThanOrEqual(first.ownMs)
    expect(last.totalMs).toBeGreaterThan(last.busyMs)
  })
})

describe('the wait for a quiet machine', () => {
  const busy = { others: 1_000 }

  it('is over after the first second in which others had little', async () => {
    const { read, second, seconds } = machine([busy, busy, { others: 200, own: 1_000 }, busy])

    expect(await untilQuiet({ longestSeconds: 60, read, second })).toBe(0.1)
    expect(seconds()).toBe(3)
  })

  it('is over in time on a machine that stays busy', async () => {
    const { read, second, seconds } = machine(Array.from({ length: 100 }, () => busy))

    expect(await untilQuiet({ longestSeconds: 60, read, second })).toBe(0.5)
    expect(seconds()).toBe(60)
  })

  it('can be left out', async () => {
    const { read, second, seconds } = machine([busy])

    expect(await untilQuiet({ longestSeconds: 0, read, second })).toBe(0)
    expect(seconds()).toBe(0)
  })
})
