import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { IsolatedJobs, type Rank, Ranks } from '../src/index.ts'
import type { TestAnswer, TestJob } from './test-worker.ts'

const worker = fileURLToPath(new URL('./test-worker.ts', import.meta.url))
const limitMs = 20_000

function jobs(): IsolatedJobs<TestJob, TestAnswer> {
  return new IsolatedJobs(worker)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('isolated jobs', () => {
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'isolated-jobs-'))
  })

  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  it('have a process each, which sees no environment and is gone when the answer is there', async () => {
    const several = jobs()
    const outcomes = await Promise.all([1, 2, 3].map(() => several.run({ kind: 'look' }, { limitMs })))
    for (const outcome of outcomes) {
      expect(outcome).toEqual({
        answer: expect.objectContaining({ pid: expect.any(Number), environment: [] }),
        late: false,
      })
    }
    const pids = outcomes.map(({ answer }) => answer?.pid ?? 0)
    expect(new Set([...pids, process.pid]).size).toBe(4)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('leave the processor to the service, and what an account has beside its first one to all others', async () => {
    const [first, further] = await Promise.all([
      jobs().run({ kind: 'look' }, { limitMs, rank: 'first' }),
      jobs().run({ kind: 'look' }, { limitMs, rank: 'further' }),
    ])
    const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority
    expect([first.answer?.priority, further.answer?.priority]).toEqual([PRIORITY_BELOW_NORMAL, PRIORITY_LOW])
  })

  it('write no file that they were not permitted to', async () => {
    const path = join(directory, 'file')
    const refused = await jobs().run({ kind: 'write', path }, { limitMs })
    expect(refused).toMatchObject({ answer: undefined, late: false })
    expect(existsSync(path)).toBe(false)
    const permitted = await jobs().run({ kind: 'write', path }, { limitMs, permissions: [`--allow-fs-write=${path}`] })
    expect(permitted.answer).toBeDefined()
    expect(existsSync(path)).toBe(true)
  })

  it("read no file but their own code: not what a service keeps, and nothing of their parent's", async () => {
    const path = join(directory, 'master.key')
    writeFileSync(path, 'secret')
    for (const secret of [path, `/proc/${process.pid}/environ`, '/etc/passwd']) {
      expect(await jobs().run({ kind: 'read', path: secret }, { limitMs })).toMatchObject({ answer: undefined })
    }
    const permitted = await jobs().run({ kind: 'read', path }, { limitMs, permissions: [`--allow-fs-read=${path}`] })
    expect(permitted.answer).toBeDefined()
  })

  it('open no inspector, whoever signals them', async () => {
    const asked = await jobs().run({ kind: 'signal' }, { limitMs })
    expect(asked).toMatchObject({ answer: { isInspected: false } })
  })

  it('tell a process that broke from one that was late', async () => {
    expect(await jobs().run({ kind: 'crash' }, { limitMs })).toMatchObject({ answer: undefined, late: false })
    expect(await jobs().run({ kind: 'hang' }, { limitMs: 1_000 })).toMatchObject({ answer: undefined, late: true })
  })

  it('have their time from when their process is ready, however long that took', async () => {
    const slow = new IsolatedJobs<string, string>(fileURLToPath(new URL('./slow-worker.ts', import.meta.url)))
    // Shorter than the start, and long for an answer: the process gives way to all others.
    const [answered, unready] = await Promise.allSettled([
      slow.run('job', { limitMs: 6_000 }),
      slow.run('job', { limitMs, startLimitMs: 500 }),
    ])
    expect(answered).toMatchObject({ value: { answer: 'answered', late: false } })
    // That is no fault of its job: it can be sent again.
    expect(unready).toMatchObject({ reason: { code: 'TOO_MANY_CALLS', retryAfterSeconds: 5 } })
  })

  it('can be sent again where no process could be started', async () => {
    const { execPath } = process
    process.execPath = join(directory, 'no-program')
    const unstarted = jobs().run({ kind: 'look' }, { limitMs })
    process.execPath = execPath
    await expect(unstarted).rejects.toMatchObject({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 5 })
  })

  it('fail when it closes', async () => {
    const few = jobs()
    const outcomes = Promise.allSettled([1, 2].map(() => few.run({ kind: 'hang' }, { limitMs })))
    await few.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } })
    await expect(few.run({ kind: 'look' }, { limitMs })).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})

describe('ranks', () => {
  it('have one first task an owner, and the next one is it when that has ended', async () => {
    const ranks = new Ranks()
    const given: string[] = []
    const begin = (owner: string) => {
      const end = Promise.withResolvers<void>()
      const task = ranks.run(owner, async (rank: Rank) => {
        given.push(`${owner} ${rank}`)
        await end.promise
      })
      return async () => {
        end.resolve()
        await task
      }
    }
    const endFirst = begin('one')
    const endFurther = begin('one')
    const endOther = begin('other')
    await endFirst()
    const endNext = begin('one')
    expect(given).toEqual(['one first', 'one further', 'other first', 'one first'])
    await Promise.all([endFurther(), endOther(), endNext()])
  })

  it('are given back by tasks that fail', async () => {
    const ranks = new Ranks()
    await expect(ranks.run('one', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await ranks.run('one', async (rank) => rank)).toBe('first')
  })
})
