import { describe, expect, it } from '@jest/globals'
import { TurnBatch } from '../src/index.ts'

describe('the end of a turn', () => {
  const turn = () => new Promise(setImmediate)

  it('comes behind everything that is done in the turn, and to each in its order', async () => {
    const turnBatch = new TurnBatch()
    const done: string[] = []
    turnBatch.add({ onTurnEnd: () => done.push('first') })
    process.nextTick(() => turnBatch.add({ onTurnEnd: () => done.push('third') }))
    turnBatch.add({ onTurnEnd: () => done.push('second') })
    done.push('now')
    await Promise.resolve().then(() => done.push('soon'))
    await turn()
    expect(done).toEqual(['now', 'soon', 'first', 'second', 'third'])
  })

  it('comes once to each', async () => {
    const turnBatch = new TurnBatch()
    let times = 0
    turnBatch.add({ onTurnEnd: () => times++ })
    await turn()
    await turn()
    expect(times).toBe(1)
  })

  it('comes a turn later to what is put off in it', async () => {
    const turnBatch = new TurnBatch()
    const done: string[] = []
    const later = { onTurnEnd: () => done.push('later') }
    turnBatch.add({ onTurnEnd: () => turnBatch.add(later) })
    await turn()
    expect(done).toEqual([])
    await turn()
    expect(done).toEqual(['later'])
  })

  it('has another number in each turn, as long as somebody counts', async () => {
    const turnBatch = new TurnBatch()
    const first = turnBatch.count(2)
    expect(turnBatch.count()).toBe(first)
    await turn()
    expect(turnBatch.turn).toBe(first + 1)
    await turn()
    expect(turnBatch.turn).toBe(first + 2)
    await turn()
    expect(turnBatch.turn).toBe(first + 2)
  })

  it('is counted before what was put off to it is told', async () => {
    const turnBatch = new TurnBatch()
    const first = turnBatch.count()
    let seen = 0
    turnBatch.add({ onTurnEnd: () => (seen = turnBatch.turn) })
    await turn()
    expect(seen).toBe(first + 1)
  })
})
