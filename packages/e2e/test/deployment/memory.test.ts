import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startService } from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry, root } from '../support/entries.ts'
import { objectNamed, objectsOf } from '../support/manifests.ts'

interface BudgetLine {
  readonly event: string
  readonly limitMiB: number
  readonly from: string
  readonly mib: Readonly<Record<string, number>>
}

const services = { 'config-api': configApiEntry, 'forwarder-api': forwarderApiEntry }
type ServiceName = keyof typeof services

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memory-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** In MiB: what the manifest asks for, and the limit. */
function manifestMemory(name: ServiceName): readonly number[] {
  const objects = objectsOf(readFileSync(join(root, `infra/kubernetes/${name}.yaml`), 'utf8'))
  const { resources } = objectNamed(objects, 'Deployment', name).spec.template.spec.containers[0]
  return [resources.requests.memory, resources.limits.memory].map((text) => Number(/^(\d+)Gi$/.exec(text)?.[1]) * 1024)
}

async function budgetOf(name: ServiceName, env: Readonly<Record<string, string>>): Promise<BudgetLine> {
  const ports = Object.fromEntries(
    ['CONFIG_API', 'FORWARDER_API'].flatMap((prefix) => [
      [`${prefix}_PORT`, '0'],
      [`${prefix}_MANAGEMENT_PORT`, '0'],
    ]),
  )
  const service = await startService({ entry: services[name], env: { ...ports, DATA_DIR: directory, ...env } })
  await service.stop()
  const lines = service.output.split('\n').filter((line) => line.includes('"memory-budget"'))
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] ?? '') as BudgetLine
}

describe('the memory of a service', () => {
  it.each(['config-api', 'forwarder-api'] as const)(
    'is divided by the limit of its manifest, which is all asked for: %s',
    async (name) => {
      const [asked = 0, limit] = manifestMemory(name)
      expect(asked).toBe(limit)
      const { limitMiB, from, mib } = await budgetOf(name, { MEMORY_LIMIT_MIB: String(limit) })
      expect({ limitMiB, from }).toEqual({ limitMiB: limit, from: 'MEMORY_LIMIT_MIB' })
      expect(Object.values(mib).reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(asked)
      // What V8 says of the process that runs: by itself it would take half of the machine.
      expect(mib.heap).toBe(Math.floor((name === 'config-api' ? 0.33 : 0.4) * (asked - 112)))
    },
  )

  it('is refused where settings add up to more than there is, with the sum', async () => {
    const env = { MEMORY_LIMIT_MIB: '1024', CACHE_MIB: '512' }
    await expect(budgetOf('forwarder-api', env)).rejects.toThrow(
      /CONFIGURATION_INVALID: V8's heap .* 512 MiB for caches \(CACHE_MIB\)/,
    )
  })
})
