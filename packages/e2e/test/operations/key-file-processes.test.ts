import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'
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
    expect(workers.length).toBeGreaterThan(0)
    // Checks that it told the truth; packages/key-material/test/pool/isolation.test.ts says what the platform allows.
    for (const worker of workers) expect(network(worker) !== network(pid)).toBe(told.network)
    const metrics = await (await fetch(`${managementUrl}/metrics`)).text()
    expect(metrics).toContain(`key_file_process_isolation{from="network"} ${told.network ? 1 : 0}\n`)
    expect(metrics).toContain(`key_file_process_isolation{from="user"} ${told.user ? 1 : 0}\n`)
  })

  it('may read their bundle and nothing else', () => {
    const dist = join(root, 'apps/config-api/dist')
    for (const worker of workersOf(system.configApi.pid, 'key-material-worker')) {
      const flags = readFileSync(`/proc/${worker}/cmdline`, 'utf8').split('\0')
      // What a flag turns off, packages/isolated-jobs/test/confinement tries out.
      const restrictions = ['--permission', '--no-experimental-sqlite', '--freeze-flags-after-init']
      expect(flags).toEqual(expect.arrayContaining(restrictions))
      expect(flags.filter((flag) => flag.startsWith('--allow-'))).toEqual([`--allow-fs-read=${dist}`])
    }
    // Node follows links, wherever they lead.
    const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    expect(files.filter((file) => file.isSymbolicLink())).toEqual([])
  })
})
