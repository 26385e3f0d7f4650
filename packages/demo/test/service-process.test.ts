import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { ServiceProcess } from '../src/service-process.ts'
import { fixture } from './fixture-entries.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function spawned(name: Parameters<typeof fixture>[0], env = {}) {
  const logFile = join(await temporaryDirectory(), 'service.log')
  await writeFile(logFile, 'of an earlier run\n')
  return new ServiceProcess({ name: 'config-api', entry: fixture(name), env, logFile })
}

describe('a service as a process', () => {
  it('listens where it says, is stopped by SIGTERM, and all that it wrote is appended to its log', async () => {
    const service = await spawned('listening-service')
    const { url, managementUrl } = await service.listening
    expect((await fetch(url)).status).toBe(200)
    expect(managementUrl).toBe(`${url}/management`)
    await service.stop()
    expect(await service.ended).toBe('exit code 0')
    const log = await readFile(service.logFile, 'utf8')
    expect(log).toMatch(/^of an earlier run\n.*"starting".*\n.*"listening".*\n.*"stopped".*\n$/)
    expect(service.tail).toMatch(/^.*"starting".*\n.*"listening".*\n.*"stopped".*$/)
  })

  it('that does not start rejects with what it printed to stderr, as it is', async () => {
    const service = await spawned('refusing-service', { BUSY_PORT: '8080' })
    await expect(service.listening).rejects.toThrow(
      /^Port 8080 on 127\.0\.0\.1 is in use\. Set THE_VARIABLE to another port\.$/,
    )
    expect(await service.ended).toBe('exit code 1')
  })

  it('can be stopped before it listens', async () => {
    const service = await spawned('listening-service')
    const outcome = expect(service.listening).rejects.toThrow('config-api did not start: ended by SIGTERM')
    await service.stop()
    await outcome
  })
})
