import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { afterOwnTime, withinOwnTime } from '../engine/own-time.ts'
import { isSlow } from '../engine/slowness.ts'

/** As if the process were stopped. */
const stop = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

describe('a deadline of own time', () => {
  let timer: NodeJS.Timeout | undefined
  afterEach(() => clearInterval(timer))

  it('is not reached by time in which the process stands still', async () => {
    let isReached = false
    timer = afterOwnTime(1_000, () => {
      isReached = true
    })
    stop(2_000)
    await setTimeout(100)
    expect(isReached).toBe(false)
    await setTimeout(2_000)
    expect(isReached).toBe(true)
  })

  it('tells what comes in time, and nothing of what is late', async () => {
    expect(await withinOwnTime(setTimeout(10, 'it'), 1_000)).toBe('it')
    expect(await withinOwnTime(new Promise(() => {}), 10)).toBeUndefined()
  })
})

describe('what is slow', () => {
  it('has used the processor for long, and has not only waited', async () => {
    const spin = async () => {
      const begun = process.cpuUsage()
      while (process.cpuUsage(begun).user < 60_000);
    }
    expect(await isSlow(() => setTimeout(60), 100)).toBe(false)
    expect(await isSlow(spin, 100)).toBe(true)
  })
})
