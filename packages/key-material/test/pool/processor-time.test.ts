import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from '@jest/globals'
import { Bulkhead, Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { createCa } from '@mtls-gateway/test-kit'
import { ChildPool } from '../../src/pool/child-pool.ts'
import { workersOf } from '../support/processes.ts'

const itOnLinux = process.platform === 'linux' ? it : it.skip
const ordinaryDeadlineMs = 1_000
let started: { close(): Promise<void> } | undefined

afterEach(() => started?.close())

itOnLinux('a harmless file is read however long its process waits for a processor', async () => {
  const { certificate } = await createCa()
  const pool = new KeyMaterialPool({
    bulkheads: new Bulkheads(),
    ranks: new Ranks(),
    children: 1,
    ordinaryDeadlineMs,
  })
  started = pool
  const signed = { certificates: certificate, spkiSha256: 'of another key' }
  const unhindered = await pool.examineSigned('one', signed)
  expect(unhindered.report.readable).toBe(true)
  // A stopped process gets none, as on a machine whose cores are all busy.
  for (const pid of workersOf(process.pid)) process.kill(pid, 'SIGSTOP')
  const examined = pool.examineSigned('one', signed)
  await setTimeout(2 * ordinaryDeadlineMs)
  for (const pid of workersOf(process.pid)) process.kill(pid, 'SIGCONT')
  expect(await examined).toEqual(unhindered)
})

itOnLinux('a process that is given none is given up, and its file is not to blame', async () => {
  const pool = new ChildPool({
    script: fileURLToPath(new URL('./stopping-worker.ts', import.meta.url)),
    places: new Bulkhead('key-files', { total: 1, share: 1, reserve: 0 }),
    ranks: new Ranks(),
    warm: 1,
    spare: 0,
    filesPerChild: 1,
    deadlineMs: 10_000,
    waitMs: 500,
    maxRssBytes: 2 ** 30,
  })
  started = pool
  const job = { kind: 'read-trusted-cas', input: { texts: [] } } as const
  await expect(pool.run('one', job)).rejects.toMatchObject({ code: 'TOO_MANY_BODIES', retryAfterSeconds: 15 })
})
