import { describe, expect, it } from '@jest/globals'
import { WorkTime } from '../src/index.ts'

/** Takes the processor for as long, however many others want it. */
function work(milliseconds: number): void {
  const processorMs = () => process.threadCpuUsage().user / 1_000
  const end = processorMs() + milliseconds
  while (processorMs() < end);
}

describe('what work takes of the event loop', () => {
  it('is told while it goes on', () => {
    const time = new WorkTime()
    work(40)
    // The processor's time is told to 4 ms.
    expect(time.ms).toBeGreaterThan(30)
    const before = time.ms
    work(40)
    expect(time.ms - before).toBeGreaterThan(30)
  })

  it('has little of the time in which there was no processor', () => {
    const time = new WorkTime()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    expect(time.ms).toBeLessThan(20)
  })
})
