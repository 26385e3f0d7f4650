import { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Turns } from '@mtls-gateway/event-loop'
import { inTurn } from '../../src/throttling/in-turn.ts'

let turns: Turns
let begun: string[]

beforeEach(() => {
  turns = new Turns()
  begun = []
})

/** Each takes a whole turn of the event loop. */
function begin(owner: string, name: string, until = new EventEmitter()) {
  const turn = { turns, owner, expectedMs: 1, until }
  const done = inTurn(turn, async () => {
    begun.push(name)
    return name
  })
  return { done, until }
}

describe('work in turn', () => {
  it('begins at once where nobody waits, and then in turn by owner', async () => {
    const all = ['a1', 'a2', 'a3', 'a4', 'b1'].map((name) => begin(name.charAt(0), name))
    expect(begun).toEqual(['a1'])
    expect(await Promise.all(all.map(({ done }) => done))).toEqual(['a1', 'a2', 'a3', 'a4', 'b1'])
    expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'a4'])
    for (const { until } of all) expect(until.listenerCount('close')).toBe(0)
  })

  it('is not begun for a caller that has gone', async () => {
    begin('a', 'a1')
    const gone = begin('a', 'gone')
    const next = begin('a', 'next')
    gone.until.emit('close')
    await expect(gone.done).rejects.toMatchObject({ code: 'TOO_MANY_CALLS' })
    await next.done
    await setImmediate()
    const before = begin('b', 'before', Object.assign(new EventEmitter(), { destroyed: true }))
    await expect(before.done).rejects.toMatchObject({ code: 'TOO_MANY_CALLS' })
    expect(begun).toEqual(['a1', 'next'])
  })

  it('fails as it does, also where it has waited', async () => {
    begin('a', 'a1')
    const turn = { turns, owner: 'a', expectedMs: 1, until: new EventEmitter() }
    await expect(inTurn(turn, () => Promise.reject(new Error('as it does')))).rejects.toThrow('as it does')
  })
})
