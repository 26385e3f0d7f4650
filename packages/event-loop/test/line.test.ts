import { setImmediate, setTimeout } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Line, type Member } from '../src/index.ts'

let line: Line
let log: string[]
let idle: number
/** When somebody else was served last. */
let othersAt: number

beforeEach(() => {
  log = []
  idle = 0
  othersAt = Number.NEGATIVE_INFINITY
  line = new Line(
    () => othersAt,
    () => idle++,
  )
})

const member = (name: string): Member => ({
  hold: () => void log.push(`${name} holds`),
  onTurn: () => void log.push(name),
})
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await setImmediate()
}

describe('a line', () => {
  it('lets one go on in each turn of the event loop, in order', async () => {
    for (const name of ['first', 'second', 'third']) line.add(member(name), 0)
    expect(log).toEqual([])
    const seen: number[] = []
    while (log.length < 3) {
      await setImmediate()
      seen.push(log.length)
    }
    expect(log).toEqual(['first', 'second', 'third'])
    expect(seen).toEqual([1, 2, 3])
    expect(idle).toBe(1)
  })

  it('lets parties go on in turns, however many of one of them wait', async () => {
    const ofParty = (party: string, name: string) => ({ ...member(name), party })
    for (const name of ['a1', 'a2', 'a3', 'a4']) line.add(ofParty('a', name), 0)
    line.add(ofParty('b', 'b1'), 0)
    const gone = ofParty('c', 'c1')
    line.add(gone, 0)
    line.leave(gone)
    await turns(2)
    line.add(ofParty('b', 'b2'), 0)
    while (!line.isIdle) await turns(1)
    expect(log).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4'])
  })

  it('has one go on at once where nobody waits, and the next one a turn later', async () => {
    const [first, second] = ['first', 'second'].map(member) as [Member, Member]
    line.goOn(first, 0.1)
    line.goOn(second, 0.1)
    expect(log).toEqual(['first'])
    await turns(1)
    expect(log).toEqual(['first', 'second'])
    await turns(1)
    line.goOn(first, 10)
    expect(log.length).toBe(2)
    await turns(1)
    expect(log.length).toBe(3)
  })

  it('has nobody go on after a long turn while others are served', async () => {
    othersAt = performance.now() + 1_000
    line.add(member('first'), 30)
    await setTimeout(50)
    expect(log).toEqual([])
    othersAt = Number.NEGATIVE_INFINITY
    await setTimeout(120)
    expect(log).toEqual(['first'])
  })

  it('holds all where one has taken too much, and lets those go on together that took nothing', async () => {
    const [greedy, quiet, other, gone] = ['greedy', 'quiet', 'other', 'gone'].map(member) as [
      Member,
      Member,
      Member,
      Member,
    ]
    for (const each of [greedy, quiet, other, gone]) line.enter(each)
    line.add(greedy, 0)
    line.holdAll()
    line.holdAll()
    line.leave(gone)
    expect(log).toEqual(['quiet holds', 'other holds', 'gone holds'])
    await turns(1)
    expect(log.slice(3)).toEqual(['quiet', 'other', 'greedy'])
    line.holdAll()
    expect(log.slice(6)).toEqual(['greedy holds', 'quiet holds', 'other holds'])
    await turns(2)
    expect(log.slice(9)).toEqual(['greedy', 'quiet', 'other'])
  })

  it('has those that were held, and then take their place, go on one after the other, and once', async () => {
    const members = ['one', 'two', 'three'].map(member)
    for (const each of members) line.enter(each)
    line.holdAll()
    for (const each of members) line.add(each, 0)
    log = []
    const seen: number[] = []
    for (let turn = 0; turn < 5; turn++) {
      await setImmediate()
      seen.push(log.length)
    }
    expect(log).toEqual(['one', 'two', 'three'])
    expect(seen).toEqual([1, 2, 3, 3, 3])
  })

  it('holds all where they have taken too much of a turn together, each by itself', async () => {
    const [one, other] = ['one', 'other'].map(member) as [Member, Member]
    for (const each of [one, other]) line.enter(each)
    othersAt = performance.now() + 1_000
    for (let n = 0; n < 4; n++) line.spend(1)
    expect(log).toEqual([])
    line.spend(1)
    expect(log).toEqual(['one holds', 'other holds'])
    // It rests nine times as long as all of that took.
    await setTimeout(20)
    expect(log.length).toBe(2)
    await setTimeout(200)
    expect(log.slice(2)).toEqual(['one', 'other'])
  })

  it('counts anew in each turn what members take by themselves', async () => {
    line.enter(member('one'))
    for (let turn = 0; turn < 5; turn++) {
      line.spend(3)
      await setImmediate()
    }
    expect(log).toEqual([])
  })

  it.each([
    ['while nobody lines up', 0],
    ['while it rests', 3],
  ])('charges turns one by one for what members take by themselves, %s', async (_, restMs) => {
    const charged: number[] = []
    const rest = { addTurn: (workMs: number) => void charged.push(workMs), remainingMs: () => restMs }
    line = new Line(
      () => othersAt,
      () => {},
      rest,
    )
    if (restMs > 0) line.add(member('one'), 5)
    for (let turn = 0; turn < 20; turn++) {
      line.spend(1)
      await turns(2)
    }
    await turns(1)
    expect(charged).toEqual([...(restMs > 0 ? [5] : []), ...Array<number>(20).fill(1)])
  })

  it('is idle once nobody waits, and the last member has left', async () => {
    const only = member('only')
    line.enter(only)
    line.add(only, 0)
    await turns(3)
    expect({ idle, isIdle: line.isIdle }).toEqual({ idle: 0, isIdle: false })
    line.leave(only)
    expect({ idle, isIdle: line.isIdle }).toEqual({ idle: 1, isIdle: true })
  })
})
