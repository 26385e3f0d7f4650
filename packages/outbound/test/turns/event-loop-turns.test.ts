import { EventEmitter } from 'node:events'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import type { HandshakeTurn } from '../../src/turns/account-handshakes.ts'
import { EventLoopTurns, handshakeLimits } from '../../src/turns/event-loop-turns.ts'
import { someTurns } from '../http1/raw-target.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { acme, globex } from '../support/outbound-fixture.ts'

let clock: ManualClock
let places: Bulkhead
let turns: EventLoopTurns

beforeEach(() => {
  clock = new ManualClock()
  mock.timers.enable({ apis: ['setTimeout'] })
  places = new Bulkhead('handshakes', { ...handshakeLimits, total: 40, share: 20, reserve: 10 })
  turns = new EventLoopTurns(places, 300)
})
afterEach(() => {
  places.close()
  mock.timers.reset()
  clock.close()
})

interface Asked {
  readonly until: EventEmitter
  turn?: HandshakeTurn
  error?: Error
}

function ask(account: AccountId): Asked {
  const asked: Asked = { until: new EventEmitter() }
  let isOver = false
  asked.until.once('close', () => {
    isOver = true
  })
  turns.of(account).takeHandshake({
    until: asked.until,
    begin: (turn) => {
      if (isOver) turn.end(0)
      else asked.turn = turn
    },
    refuse: (error) => {
      asked.error = error
    },
  })
  return asked
}

const askOften = (account: AccountId, count: number) => Array.from({ length: count }, () => ask(account))
const begun = (all: readonly Asked[]) => all.filter(({ turn }) => turn !== undefined).length

/** Milliseconds pass, with their timers. @param caller who makes a call in each of them, and one before */
async function pass(milliseconds: number, caller?: AccountId): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed++) {
    if (caller !== undefined) turns.noteCall(caller)
    clock.pass(1)
    mock.timers.tick(1)
    await setImmediate()
  }
}

describe('handshakes of an account', () => {
  it('begin at once while nobody else makes calls, few of them at first, and one more after each that was short', async () => {
    const all = askOften(acme, 60)
    expect(begun(all)).toBe(8)
    for (let ended = 0; ended < 20; ended++) {
      all[ended]?.turn?.end(1)
      await setImmediate()
    }
    // At most its share of those that wait has places.
    expect(begun(all)).toBe(20 + 20)
  })

  it('are one at a time after one that took long', async () => {
    const all = askOften(acme, 12)
    for (const { turn } of all.slice(0, 7)) turn?.end(1)
    await setImmediate()
    expect(begun(all)).toBe(12)
    all[7]?.turn?.end(60)
    const later = askOften(acme, 3)
    for (const { turn } of all.slice(8, 11)) turn?.end(1)
    // There is one under way still.
    expect(begun(later)).toBe(3)
  })

  it('leave places to others, though none of them ends', () => {
    askOften(acme, 30)
    expect(begun(askOften(globex, 10))).toBe(8)
  })

  it('rest in between while another account makes calls, whose own begin at once', async () => {
    const first = ask(acme)
    turns.noteCall(acme)
    await pass(5, globex)
    const next = askOften(acme, 10)
    expect(begun([first, ...next])).toBe(1)
    expect(begun([ask(globex)])).toBe(1)
    // Charged with half of a usual one each, they are 18 ms apart.
    await pass(100, globex)
    expect(begun(next)).toBe(5)
  })

  it('are refused where one of them has blocked the others for long', async () => {
    ask(acme)?.turn?.end(50)
    turns.noteCall(globex)
    const next = ask(acme)
    await pass(299, globex)
    expect(next.error).toBeUndefined()
    await pass(101, globex)
    expect(next.error).toMatchObject({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 })
    expect(places.state().refused).toBe(1)
  })

  it('begin once the others have gone', async () => {
    ask(acme)?.turn?.end(8)
    turns.noteCall(globex)
    const next = ask(acme)
    expect(next.turn).toBeUndefined()
    // Others count for 20 times as long as it took, of which the account had to rest three times as long.
    await pass(150)
    expect(next.turn).toBeUndefined()
    await pass(120)
    expect(next.turn).toBeDefined()
  })

  it('that a target repeats on its connection are charged, too', async () => {
    ask(acme).turn?.end(1)
    await pass(50)
    turns.noteCall(globex)
    turns.of(acme).noteWork(30)
    turns.noteCall(globex)
    expect(ask(acme).turn).toBeUndefined()
  })

  it('give their places back when they end, and when nobody wants them any more', async () => {
    const all = askOften(acme, 22)
    for (const { until } of all.slice(8)) until.emit('close')
    for (const { turn } of all) turn?.end(1)
    for (const { turn } of all) turn?.end(1)
    await setImmediate()
    expect(places.state()).toMatchObject({ inUse: 0, waiting: 0 })
    const resting = askOften(acme, 3)
    for (const { until } of resting) until.emit('close')
    await setImmediate()
    expect(places.state()).toMatchObject({ inUse: begun(resting), waiting: 0 })
  })
})

/** What waits for its turn, told of in the order in which it has one. */
const waiting = (name: string, log: string[]) => ({ onTurn: () => void log.push(name) })

/** How many have had their turn after each turn of the event loop, until as many have. */
async function turnsUntil(log: readonly string[], count: number): Promise<number[]> {
  const seen: number[] = []
  while (log.length < count) {
    await setImmediate()
    seen.push(log.length)
  }
  return seen
}

describe('steps of handshakes', () => {
  it('have their turns one after the other, each account one in a turn of the event loop', async () => {
    const log: string[] = []
    for (const name of ['acme 1', 'acme 2', 'acme 3']) turns.of(acme).lineUpForHandshake(waiting(name, log))
    for (const name of ['globex 1', 'globex 2']) turns.of(globex).lineUpForHandshake(waiting(name, log))
    expect(log).toEqual([])
    expect(await turnsUntil(log, 5)).toEqual([2, 4, 5])
    expect(log).toEqual(['acme 1', 'globex 1', 'acme 2', 'globex 2', 'acme 3'])
  })

  it('have none once they have left', async () => {
    const log: string[] = []
    const [first, second] = [waiting('first', log), waiting('second', log)]
    for (const each of [first, second]) turns.of(acme).lineUpForHandshake(each)
    turns.of(acme).leave(first)
    await turnsUntil(log, 1)
    expect(log).toEqual(['second'])
  })
})

describe('connections that read on', () => {
  it('have their turns one after the other, each account one in a turn of the event loop', async () => {
    const log: string[] = []
    for (const name of ['acme 1', 'acme 2', 'acme 3']) turns.of(acme).lineUpForReading(waiting(name, log), 0)
    for (const name of ['globex 1', 'globex 2']) turns.of(globex).lineUpForReading(waiting(name, log), 0)
    // What they read comes in the next turn.
    expect(log).toEqual(['acme 1', 'globex 1'])
    expect(await turnsUntil(log, 5)).toEqual([4, 5])
    expect(log).toEqual(['acme 1', 'globex 1', 'acme 2', 'globex 2', 'acme 3'])
  })

  it('have none once they have left', async () => {
    const log: string[] = []
    const [first, second, third] = [waiting('first', log), waiting('second', log), waiting('third', log)]
    for (const each of [first, second, third]) turns.of(acme).lineUpForReading(each, 0.2)
    turns.of(acme).leave(second)
    await turnsUntil(log, 2)
    expect(log).toEqual(['first', 'third'])
  })
})

describe('connections that bring what takes long', () => {
  it('rest while another account makes calls, and new ones of their account do', async () => {
    const log: string[] = []
    turns.of(acme).lineUpForReading(waiting('acme', log), 20)
    turns.of(globex).lineUpForReading(waiting('globex', log), 0.2)
    // 281 ms for the turn, and longer for a handshake.
    await pass(100, globex)
    expect(log).toEqual(['globex'])
    expect(ask(acme).turn).toBeUndefined()
    await pass(300, globex)
    expect(log).toEqual(['globex', 'acme'])
  })

  it('read on at once while nobody else makes calls', async () => {
    const log: string[] = []
    turns.of(acme).lineUpForReading(waiting('acme', log), 20)
    await someTurns()
    expect(log).toEqual(['acme'])
  })
})
