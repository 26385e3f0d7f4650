import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Job, Turns } from '../src/index.ts'

let turns: Turns
let log: string[]
/** The clock stands still until a test lets time pass: a machine that is busy makes no job take longer. */
let now: number

beforeEach(() => {
  log = []
  turns = new Turns()
  now = performance.now()
  performance.now = () => now
})
afterEach(() => {
  Reflect.deleteProperty(performance, 'now')
})

const job = (name: string, expectedMs = 1): Job => ({ expectedMs, onTurn: () => void log.push(name) })
const add = (owner: string, name: string, expectedMs?: number) => turns.add(owner, job(name, expectedMs))

/** What is done in each of so many turns of the event loop. */
async function seeTurns(count: number): Promise<string[][]> {
  const seen = [log.splice(0)]
  for (let turn = 0; turn < count; turn++) {
    await setImmediate()
    seen.push(log.splice(0))
  }
  return seen
}

describe('turns of the event loop', () => {
  it('have room for a millisecond of work, and the rest waits for the next ones', async () => {
    for (const name of ['one', 'two', 'three', 'four', 'five']) add('a', name, 0.5)
    expect(await seeTurns(2)).toEqual([['one', 'two'], ['three', 'four'], ['five']])
  })

  it('have room for as much as they are given', async () => {
    turns = new Turns(0.5)
    for (const name of ['one', 'two', 'three']) add('a', name, 0.25)
    expect(await seeTurns(1)).toEqual([['one', 'two'], ['three']])
  })

  it('have at least one job, however long it takes', async () => {
    for (const name of ['one', 'two', 'three']) add('a', name, 20)
    expect(await seeTurns(2)).toEqual([['one'], ['two'], ['three']])
  })

  it('have a bounded number of jobs that take nothing, also where these come again at once', async () => {
    const again: Job = {
      expectedMs: 0,
      onTurn: () => {
        log.push('again')
        turns.add('a', again)
      },
    }
    turns.add('a', again)
    for (const seen of await seeTurns(3)) expect(seen.length).toBeLessThanOrEqual(51)
    turns.leave('a', again)
  })

  it('are of one owner after the other, however many jobs one of them has', async () => {
    for (const name of ['a1', 'a2', 'a3', 'a4']) add('a', name)
    add('b', 'b1')
    add('c', 'c1')
    expect((await seeTurns(5)).flat()).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'c1'])
  })

  it('count what a job has taken, where it was expected to take less', async () => {
    const works: Job = {
      expectedMs: 0,
      onTurn: () => {
        log.push('works')
        now += 1
      },
    }
    turns.add('a', works)
    add('a', 'next', 0)
    add('a', 'last', 0)
    expect(await seeTurns(1)).toEqual([['works'], ['next', 'last']])
  })

  it('are of newcomers and of those that have had one alternately, so that neither keep out the others', async () => {
    for (const owner of ['a', 'b', 'c']) for (const n of [1, 2, 3]) add(owner, `${owner}${n}`)
    expect((await seeTurns(4)).flat()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
    for (const owner of ['d', 'e', 'f']) add(owner, owner)
    expect((await seeTurns(7)).flat()).toEqual(['c1', 'b3', 'd', 'c2', 'e', 'c3', 'f'])
  })

  it('are not for jobs that have left', async () => {
    expect(add('a', 'first')).toBe(false)
    const gone = job('gone')
    expect(turns.add('a', gone)).toBe(true)
    turns.leave('a', gone)
    turns.leave('b', gone)
    add('b', 'next')
    expect(await seeTurns(2)).toEqual([['first'], ['next'], []])
  })

  it('are not for an owner that rests, and others have theirs meanwhile', async () => {
    turns.rest('a', 60)
    turns.rest('a', 20)
    add('a', 'rested')
    add('b', 'other')
    expect((await seeTurns(3)).flat()).toEqual(['other'])
    now += 79
    add('a', 'last')
    expect((await seeTurns(3)).flat()).toEqual([])
    now += 1
    while (log.length < 2) await setTimeout(10)
    expect(log).toEqual(['rested', 'last'])
  })

  it('come back after five seconds at the latest', async () => {
    turns.rest('a', 60_000)
    now += 5_000
    add('a', 'rested')
    await setImmediate()
    expect(log).toEqual(['rested'])
  })
})
