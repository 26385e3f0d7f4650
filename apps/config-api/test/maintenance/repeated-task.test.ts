import { expect, it } from '@jest/globals'
import { RepeatedTask } from '../../src/maintenance/repeated-task.ts'
import { TestClock } from './test-clock.ts'

const hourMs = 3_600_000

/** How long a task has slept before each of three runs. */
async function pauses(options: { everyMs: number; firstWithinMs?: number }): Promise<readonly number[]> {
  const clock = new TestClock()
  let runs = 0
  const task = new RepeatedTask({ ...options, clock, random: () => 0.5, run: async () => void runs++ })
  for (let run = 1; run <= 3; run++) {
    await clock.pass()
    expect(runs).toBe(run)
  }
  await task.stop()
  return clock.slept.slice(0, 3)
}

it('a task begins soon after the start if it is to, and repeats itself at its own pace', async () => {
  expect(await pauses({ everyMs: hourMs, firstWithinMs: 60_000 })).toEqual([45_000, 0.75 * hourMs, 0.75 * hourMs])
  expect(await pauses({ everyMs: hourMs })).toEqual(Array(3).fill(0.75 * hourMs))
})

it('a task whose pace is faster than that does not wait for its beginning', async () => {
  expect(await pauses({ everyMs: 1_000, firstWithinMs: 60_000 })).toEqual([750, 750, 750])
})
