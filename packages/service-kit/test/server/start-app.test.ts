import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openEmbeddedCoordination } from '@mtls-gateway/coordination'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { divideMemory, mebibyte, memoryLimit, parseConfiguration } from '../../src/index.ts'
import { type AppOptions, startApp } from '../../src/server/start-app.ts'
import { testContract } from '../support/test-contract.ts'
import { TestController } from '../support/test-controller.ts'
import { settings } from '../support/test-service.ts'

class TestModule {}

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'start-app-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function start(options: Partial<AppOptions> = {}) {
  const environment = { TEST_PORT: '0', TEST_MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: directory }
  return startApp({
    contract: testContract,
    settings,
    environment,
    configuration: parseConfiguration(settings, environment, []),
    memory: divideMemory(memoryLimit(), 64 * mebibyte, { bodies: { share: 0.5, least: 1, most: mebibyte } }),
    module: () => ({ module: TestModule, controllers: [TestController] }),
    ...options,
  })
}

/** Whether a process could open the backends of the app, which only one at a time can. */
async function areFree(): Promise<boolean> {
  try {
    await openEmbeddedCoordination({ directory, instance: 'test' }).close()
    return true
  } catch {
    return false
  }
}

describe('an app', () => {
  it('tells in its metrics what its memory is for', async () => {
    const app = await start()
    const text = await (await fetch(`${app.managementUrl}/metrics`)).text()
    expect(text).toContain(`memory_limit_bytes ${memoryLimit().bytes}\n`)
    expect(text).toContain(`memory_budget_bytes{part="bodies"} ${mebibyte}\n`)
    await app.stop()
  })

  it('has its backends until it has stopped, and its module may use them to the last', async () => {
    const checks: string[] = []
    const app = await start({
      module: ({ backends }) => ({
        module: class {
          async onApplicationShutdown() {
            await Promise.all([backends.store.check(), backends.coordination.check()])
            checks.push('used')
          }
        },
      }),
    })
    expect(await (await fetch(`${app.url}/health/ready`)).json()).toEqual({
      status: 'ok',
      checks: { 'secret-store': 'ok', coordination: 'ok' },
    })
    expect(await areFree()).toBe(false)
    await Promise.all([app.stop(), app.stop()])
    expect([checks, await areFree()]).toEqual([['used'], true])
  })

  it('closes its store also where the coordination has lost its file', async () => {
    let store: SecretStore | undefined
    const module: AppOptions['module'] = ({ backends }) => {
      store = backends.store
      return { module: TestModule, controllers: [TestController] }
    }
    const app = await start({ module })
    rmSync(join(directory, 'runtime.db'))
    await expect(app.stop()).rejects.toMatchObject({ code: 'COORDINATION_UNAVAILABLE' })
    await expect(store?.check()).rejects.toThrow('The store is closed.')
    expect(await areFree()).toBe(true)
  })

  it('that can not start leaves its backends', async () => {
    const module = () => {
      throw new Error('a defect')
    }
    await expect(start({ module })).rejects.toThrow('a defect')
    const configure = () => {
      throw new Error('another')
    }
    await expect(start({ configure })).rejects.toThrow('another')
    expect(await areFree()).toBe(true)
  })
})
