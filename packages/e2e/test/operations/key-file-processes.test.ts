import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { System } from '../support/system.ts'

/** The ids of a parent's child processes that run this script. */
function workersOf(parent: number, script: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const isChild = readFileSync(`/proc/${pid}/status`, 'utf8').includes(`PPid:\t${parent}\n`)
      return isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(script)
    } catch {
      // Not a process, or one that has ended.
      return false
    }
  })
}

const network = (pid: number | string) => readlinkSync(`/proc/${pid}/ns/net`)

describe('the processes of config-api that read uploaded files', () => {
  let system: System

  beforeAll(async () => {
    system = await System.start({ configApiOnly: true })
  })
  afterAll(() => system?.stop())

  it('have what isolation the platform allows, which log and metrics tell', async () => {
    const { pid, output, managementUrl } = system.configApi
    const lines = output.split('\n').filter((text) => text.includes('"key-file-process-isolation"'))
    const [told] = lines.map((line) => JSON.parse(line))
    expect(lines.length).toBe(1)
    expect(told).toMatchObject({ level: told.network && told.user ? 'info' : 'warn' })
    const workers = workersOf(pid, 'key-material-worker')
    expect(workers.length).toBeGreaterThan(1)
    // Checks that it told the truth; packages/key-material/test/pool/isolation.test.ts says what the platform allows.
    for (const worker of workers) expect(network(worker) !== network(pid)).toBe(told.network)
    const metrics = await (await fetch(`${managementUrl}/metrics`)).text()
    expect(metrics).toContain(`key_file_process_isolation{from="network"} ${told.network ? 1 : 0}\n`)
    expect(metrics).toContain(`key_file_process_isolation{from="user"} ${told.user ? 1 : 0}\n`)
  })
})
