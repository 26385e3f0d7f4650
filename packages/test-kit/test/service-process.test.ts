import { execFile } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { request } from 'undici'
import { compileCache } from '../src/compile-cache.ts'
import { startService } from '../src/index.ts'

const entry = fileURLToPath(new URL('fixtures/service.mjs', import.meta.url))
const leaving = fileURLToPath(new URL('children/leave-service.ts', import.meta.url))

describe('startService', () => {
  it('runs a process with the given environment and the compile cache alone, and tells where it listens', async () => {
    const service = await startService({ entry, env: { GREETING: 'hello' } })
    const { body } = await request(service.url)
    expect(await body.json()).toEqual({ ...compileCache(), GREETING: 'hello' })
    expect(service.managementUrl).toBe(`${service.url}/management`)
    expect(() => process.kill(service.pid, 0)).not.toThrow()
    expect(await service.stop()).toBe(0)
    expect(service.output).toContain('{"event":"stopping"}')
  })

  it('kills without a farewell, and stopping afterwards says that a signal ended it', async () => {
    const service = await startService({ entry, env: {} })
    await service.kill()
    expect(service.output).not.toContain('stopping')
    expect(await service.stop()).toBeNull()
  })

  it('fails with the output of a process that ends before it listens', async () => {
    const starting = startService({ entry, env: { FAIL: 'no disk' } })
    await expect(starting).rejects.toThrow(/exit code 3\n\{ cannot start: no disk \}/)
  })

  it('fails when the process does not listen in time', async () => {
    const starting = startService({ entry, env: { SILENT: '' }, readyTimeoutMs: 1 })
    await expect(starting).rejects.toThrow('within 1 ms')
  })

  it('ends what still runs when the process that has started it exits', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [leaving, entry])
    const pid = Number(stdout)
    expect(pid).toBeGreaterThan(0)
    while (isRunning(pid)) await setTimeout(10)
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
