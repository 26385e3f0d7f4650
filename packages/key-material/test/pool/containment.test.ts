import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool, type KeyMaterialPoolOptions } from '@mtls-gateway/key-material'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { codes } from '../support/examine.ts'
import { p12, password } from '../support/files.ts'
import { sha1 } from '../support/pkcs12-builder.ts'
import { cpuSeconds, isRunning, until, workersOf } from '../support/processes.ts'

const onLinux = process.platform === 'linux'
if (!onLinux) console.warn('NOT ON LINUX: memory and environment of the children are not looked at.')

describe('a child', () => {
  let pool: KeyMaterialPool
  let identity: IssuedCertificate
  let ordinary: Buffer
  /** Some seconds of work. */
  let expensive: Buffer

  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'client' })
    ordinary = p12(identity)
    expensive = withMacIterations(p12(identity, { mac: { digest: sha1, iterations: 65_536 } }), 4_900_000)
  })
  afterEach(() => pool.close())

  const start = (options: Partial<KeyMaterialPoolOptions> = {}) => {
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks(), children: 1, ...options })
  }
  const examine = (bytes: Buffer) => pool.examine('one', { kind: 'pkcs12', bytes, password })

  it('is killed at its deadline, and its file is too expensive', async () => {
    start({ deadlineMs: 300 })
    expect(codes(await examine(expensive))).toEqual(['P12_TOO_EXPENSIVE'])
    expect(codes(await examine(expensive))).toEqual(['P12_TOO_EXPENSIVE'])
  })

  it('delays only its like with an expensive file', async () => {
    start({ deadlineMs: 20_000 })
    await examine(ordinary)
    const warm = workersOf(process.pid)
    const done: string[] = []
    const slow = Promise.allSettled([examine(expensive).finally(() => done.push('expensive'))])
    await until(() => workersOf(process.pid).length === 2)
    // So that it takes longer than five others on a busy machine, too.
    for (const pid of workersOf(process.pid).filter((each) => !warm.includes(each))) process.kill(pid, 'SIGSTOP')
    for (let count = 0; count < 5; count++) expect((await examine(ordinary)).report.readable).toBe(true)
    expect(done).toEqual([])
    await pool.close()
    expect(await slow).toMatchObject([{ status: 'rejected', reason: { code: 'SHUTTING_DOWN' } }])
  })

  it('that is ordinary gives a slow file up to the one for expensive files', async () => {
    start({ ordinaryDeadlineMs: 1 })
    expect((await examine(p12(identity, { mac: { digest: sha1, iterations: 60_000 } }))).report.readable).toBe(true)
  })

  it('that dies is replaced, and its file is answered', async () => {
    start({ deadlineMs: 20_000 })
    await examine(ordinary)
    const answer = examine(expensive)
    await until(() => workersOf(process.pid).length === 2)
    const before = workersOf(process.pid)
    // Longer than a start, so the child is working on the file.
    await until(() => before.some((pid) => cpuSeconds(pid) >= 1))
    for (const pid of before) process.kill(pid, 'SIGKILL')
    expect(codes(await answer)).toEqual(['P12_DAMAGED'])
    await until(() => before.every((pid) => !isRunning(pid)))
    expect((await examine(ordinary)).report.readable).toBe(true)
  })

  it('that dies while it is idle costs nobody an error', async () => {
    start()
    await examine(ordinary)
    for (let count = 0; count < 5; count++) {
      for (const pid of workersOf(process.pid)) process.kill(pid, 'SIGKILL')
      expect((await examine(ordinary)).report.readable).toBe(true)
    }
  })

  it('is killed when it takes too much memory', async () => {
    if (!onLinux) return
    start({ maxRssBytes: 1_024, deadlineMs: 20_000 })
    const { report } = await examine(expensive)
    expect(report.problems).toMatchObject([{ code: 'P12_TOO_EXPENSIVE', message: expect.stringContaining('memory') }])
  })

  it('is replaced after its share of files', async () => {
    start({ filesPerChild: 1 })
    await examine(ordinary)
    const first = workersOf(process.pid)
    await examine(ordinary)
    await until(() => workersOf(process.pid).length === 1 && first.every((pid) => !isRunning(pid)))
    expect((await examine(ordinary)).report.readable).toBe(true)
  })

  it('inherits no environment, has no password among its arguments, and may neither write nor start anything', async () => {
    process.env.KEY_MATERIAL_CANARY = 'a secret of the service'
    start()
    delete process.env.KEY_MATERIAL_CANARY
    await examine(ordinary)
    for (const pid of onLinux ? workersOf(process.pid) : []) {
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('CANARY')
      const [, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      const isOfCode = (arg: string) => /^--allow-fs-read=.*(pool|package\.json|node_modules|packages)$/.test(arg)
      expect(args.filter((arg) => !isOfCode(arg))).toEqual([
        expect.any(String),
        '--disable-sigusr1',
        '--permission',
        '--no-experimental-sqlite',
        '--freeze-flags-after-init',
        expect.stringContaining('worker'),
        '',
      ])
    }
  })

  it('ends with its parent, however that ends', async () => {
    start()
    const script = fileURLToPath(new URL('../support/pool-parent.ts', import.meta.url))
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
    await once(parent.stdout, 'data')
    const workers = workersOf(parent.pid ?? 0)
    expect(workers.length).toBe(1)
    parent.kill('SIGKILL')
    await until(() => workers.every((pid) => !isRunning(pid)))
  })
})

/** The same file with another iteration count for its MAC, which makes the MAC wrong and takes as long to check. */
function withMacIterations(file: Buffer, iterations: number): Buffer {
  const written = file.subarray(-5)
  expect(written).toEqual(Buffer.from([2, 3, 1, 0, 0]))
  return Buffer.concat([file.subarray(0, -3), Buffer.from(iterations.toString(16).padStart(6, '0'), 'hex')])
}
