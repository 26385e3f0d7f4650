import { constants, getPriority } from 'node:os'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead, Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { ChildPool } from '../../src/pool/child-pool.ts'
import { codes } from '../support/examine.ts'
import { p12, password } from '../support/files.ts'
import { isRunning, workersOf } from '../support/processes.ts'
import { pbes2 } from '../support/protections.ts'

/** A pool with one child for each file. */
const oneChild = {
  warm: 1,
  spare: 0,
  filesPerChild: 1,
  deadlineMs: 10_000,
  waitMs: 10_000,
  maxRssBytes: 2 ** 30,
}

describe('the queue of the pool', () => {
  let pool: KeyMaterialPool
  let identity: IssuedCertificate
  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'client' })
  })
  afterEach(() => pool.close())
  const usual = () => ({ kind: 'pkcs12', bytes: p12(identity), password }) as const
  const examine = () => pool.examine('one', usual())

  it('answers each file with its own report, however many come at once', async () => {
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
    const passwords = Array.from({ length: 40 }, (_, index) => `password ${index}`)
    const examinations = await Promise.all(
      passwords.map((secret, index) => {
        const bytes = p12(identity, { password: secret })
        return pool.examine('one', { kind: 'pkcs12', bytes, password: index % 2 === 0 ? secret : 'wrong' })
      }),
    )
    expect(examinations.map(({ report }) => report.readable)).toEqual(passwords.map((_, index) => index % 2 === 0))
  })

  it('turns away what is too much, saying when to come again', async () => {
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks(), children: 1, maxWaiting: 1 })
    const [first, second, third] = [examine(), examine(), examine()]
    await expect(third).rejects.toMatchObject({ code: 'TOO_MANY_BODIES', retryAfterSeconds: expect.any(Number) })
    expect((await first).report.readable && (await second).report.readable).toBe(true)
  })

  it('gives the processor to the first file of each account before the second one of any', async () => {
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
    await Promise.all([...Array.from({ length: 20 }, examine), pool.examine('two', usual())])
    const priorities = workersOf(process.pid).map((pid) => getPriority(pid))
    const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority
    expect(new Set(priorities)).toEqual(new Set([PRIORITY_BELOW_NORMAL, PRIORITY_LOW]))
    // Two more than there are places, and the one for expensive files.
    expect(priorities.length).toBeLessThanOrEqual(6)
  })

  it('lets the first process of an account be one for other work, and those for its files come after it', async () => {
    const ranks = new Ranks()
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks })
    await ranks.run('one', async () => {
      await examine()
      await pool.examine('one', { ...usual(), bytes: p12(identity, { key: pbes2({ iterations: 150_000 }) }) })
      await pool.makeRequest('one', { keyType: 'EC-P256', subject: { CN: 'client' }, subjectAltNames: [] })
    })
    const priorities = workersOf(process.pid).map((pid) => getPriority(pid))
    expect(priorities.filter((priority) => priority === constants.priority.PRIORITY_LOW).length).toBe(3)
  })

  it('starts no process while two accounts have files read, however their turns fall', async () => {
    const ranks = new Ranks()
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks })
    const load = () =>
      Promise.all([
        ...Array.from({ length: 20 }, examine),
        ...Array.from({ length: 5 }, () => pool.examine('two', usual())),
      ])
    const loads = async () => {
      await load()
      await ranks.run('one', () => ranks.run('two', load))
    }
    await loads()
    const workers = workersOf(process.pid)
    await loads()
    await loads()
    expect(workersOf(process.pid)).toEqual(workers)
  })

  it('refuses what is too big without bothering a child', async () => {
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks(), children: 1 })
    const big = await pool.examine('one', { kind: 'pkcs12', bytes: new Uint8Array(256 * 1_024 + 1) })
    expect(big.report.problems).toMatchObject([
      { code: 'LIMIT_EXCEEDED', message: expect.stringMatching(/file .*262144/) },
    ])
    const long = await pool.examine('one', { kind: 'pkcs12', bytes: p12(identity), password: 'x'.repeat(1_025) })
    expect(codes(long)).toEqual(['LIMIT_EXCEEDED'])
    const pem = { kind: 'pem', certificate: ' '.repeat(256 * 1_024 + 1), privateKey: '' } as const
    expect(codes(await pool.examine('one', pem))).toEqual(['LIMIT_EXCEEDED'])
  })

  it('answers what is under way and what waits with SHUTTING_DOWN when it closes, and leaves no process', async () => {
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks(), children: 1 })
    await examine()
    const workers = workersOf(process.pid)
    const pending = Promise.allSettled([examine(), examine(), examine()])
    await pool.close()
    expect(await pending).toMatchObject(Array(3).fill({ status: 'rejected', reason: { code: 'SHUTTING_DOWN' } }))
    expect(workers.filter(isRunning)).toEqual([])
    await expect(examine()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })

  it('says that it is to blame, and not the file, when no child can be started', async () => {
    const places = new Bulkhead('key-files', { total: 1, share: 1, reserve: 0 })
    const pool = new ChildPool({ ...oneChild, places, ranks: new Ranks(), script: '/no/such/worker.js' })
    const input = { kind: 'pkcs12', bytes: p12(identity), password } as const
    await expect(pool.run('one', { kind: 'examine', input, allowance: 1 })).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
    })
    await pool.close()
  })

  it('leaves no process when it closes just as the turn of a file has come', async () => {
    const places = new Bulkhead('key-files', {
      total: 1,
      share: 1,
      reserve: 0,
      waiting: { total: 1, share: 1, reserve: 0, limitMs: 60_000 },
    })
    const pool = new ChildPool({ ...oneChild, places, ranks: new Ranks() })
    const permit = await places.acquire('one')
    const waiting = pool.run('one', { kind: 'examine', input: usual(), allowance: 1 })
    permit.release()
    const closing = pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    await closing
    expect(workersOf(process.pid)).toEqual([])
  })
})
