import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { processUsage } from '../src/machine/process-usage.ts'

describe('the usage of a process', () => {
  it('counts the time and the memory of its children too', async () => {
    const own = processUsage(process.pid)
    const busy =
      'const a = Buffer.alloc(100e6, 1); for (let n = 0; n < 2e8; n++); console.log(a.length); setInterval(() => {}, 1e3)'
    const child = spawn(process.execPath, ['-e', busy], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout, 'data')
    const both = processUsage(process.pid)
    const alone = processUsage(child.pid ?? 0)
    child.kill()
    await once(child, 'close')

    expect(alone.cpuMs).toBeGreaterThan(20)
    expect(alone.rssMiB).toBeGreaterThan(95)
    expect(both.cpuMs).toBeGreaterThanOrEqual(own.cpuMs + alone.cpuMs)
    expect(both.rssMiB).toBeGreaterThan(alone.rssMiB)
  })

  it('is nothing where there is no such process', () => {
    expect(processUsage(2 ** 30)).toEqual({ cpuMs: 0, rssMiB: 0 })
  })
})
