import { beforeEach, describe, expect, it } from '@jest/globals'
import { TurnBatch } from '@mtls-gateway/event-loop'
import { BlankBytes } from '../../src/reading/blank-bytes.ts'
import { LongReads, type Suspect } from '../../src/reading/long-reads.ts'
import { TurnBudget } from '../../src/reading/turn-budget.ts'

let now: number
let reads: LongReads
let log: string[]

beforeEach(() => {
  now = 1_000_000
  log = []
  reads = new LongReads(new TurnBatch(), () => now)
})

function suspect(name: string): Suspect {
  const each = {
    hold: () => void log.push(`${name} holds`),
    goOn: () => void log.push(`${name} goes on`),
    slice: () => void log.push(`${name} is sliced`),
  }
  reads.enter(each)
  return each
}
const turn = () => new Promise(setImmediate)

describe('a read that takes long', () => {
  it('is the only one of its turn', async () => {
    const long = suspect('long')
    suspect('other')
    reads.note(long)
    reads.note(long)
    expect(log).toEqual(['other holds'])
    await turn()
  })

  it('has no others read in slices, where it is one alone', async () => {
    const long = suspect('long')
    suspect('other')
    reads.note(long)
    await turn()
    expect(log).toEqual(['other holds', 'other goes on'])
    now += 1_000
    expect(reads.isRecent).toBe(false)
    reads.note(long)
    await turn()
    expect(log).toEqual(['other holds', 'other goes on', 'other holds', 'other goes on'])
  })

  it('has all read in slices when another one follows, some in each turn', async () => {
    const long = suspect('long')
    for (let count = 0; count < 100; count++) suspect('other')
    reads.note(long)
    await turn()
    now += 999
    expect(reads.isRecent).toBe(true)
    reads.note(long)
    log = []
    await turn()
    const sliced = () => log.filter((line) => line === 'other is sliced').length
    expect(sliced()).toBeLessThan(100)
    await turn()
    expect(sliced()).toBe(100)
    expect(log.filter((line) => line === 'other goes on').length).toBe(100)
  })

  it('holds nobody who has left', async () => {
    const long = suspect('long')
    const gone = suspect('gone')
    reads.note(long)
    reads.leave(gone)
    expect(log).toEqual(['gone holds', 'gone goes on'])
    await turn()
    expect(log.length).toBe(2)
  })
})

describe('what is quick', () => {
  it('is too much in a turn when there is much of it', async () => {
    const budget = new TurnBudget(new TurnBatch(), 4)
    for (let count = 0; count < 3; count++) budget.spend(1.5)
    expect(budget.isSpent).toBe(true)
    await turn()
    expect(budget.isSpent).toBe(false)
  })
})

describe('bytes that belong to no body', () => {
  it('are one head and a few lines at most', () => {
    const blank = new BlankBytes(1_000)
    expect(blank.add(1_000, 0)).toBe(false)
    expect(blank.add(4_096, 0)).toBe(false)
    expect(blank.add(1, 0)).toBe(true)
  })

  it('are as many for each head', () => {
    const blank = new BlankBytes(1_000)
    for (let count = 0; count < 100; count++) expect(blank.add(900, 1)).toBe(false)
    expect(blank.add(65_536, 1)).toBe(true)
    blank.clear()
    expect(blank.add(5_000, 0)).toBe(false)
  })
})
