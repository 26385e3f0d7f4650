import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { request } from 'undici'
import { compileCache } from '../src/compile-cache.ts'
import { startGateway } from '../src/index.ts'

const entry = fileURLToPath(new URL('fixtures/service.mjs', import.meta.url))
const broken = fileURLToPath(new URL('fixtures/broken.mjs', import.meta.url))

describe('startGateway', () => {
  it('starts both services on free ports over one fresh data directory and removes it at the end', async () => {
    const gateway = await startGateway({ configApi: entry, forwarderApi: entry, env: { EXTRA: '1' } })
    const services = [gateway.configApi, gateway.forwarderApi]
    const environments = await Promise.all(services.map(async ({ url }) => (await request(url)).body.json()))
    const expected = {
      ...compileCache(),
      CONFIG_API_PORT: '0',
      CONFIG_API_MANAGEMENT_PORT: '0',
      FORWARDER_API_PORT: '0',
      FORWARDER_API_MANAGEMENT_PORT: '0',
      DATA_DIR: gateway.dataDir,
      EXTRA: '1',
    }
    expect(environments).toEqual([expected, expected])
    expect(gateway.configApi.pid).not.toBe(gateway.forwarderApi.pid)
    expect(existsSync(gateway.dataDir)).toBe(true)
    await gateway.stop()
    expect(existsSync(gateway.dataDir)).toBe(false)
  })

  it("leaves the caller's data directory alone", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kept-'))
    const gateway = await startGateway({ configApi: entry, forwarderApi: entry, dataDir })
    await gateway.stop()
    expect(existsSync(dataDir)).toBe(true)
    await rm(dataDir, { recursive: true })
  })

  it('says why when one service does not start', async () => {
    await expect(startGateway({ configApi: entry, forwarderApi: broken })).rejects.toThrow(/exit code 4\nbroken/)
  })
})
