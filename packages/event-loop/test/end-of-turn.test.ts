import { describe, expect, it } from '@jest/globals'
import { EndOfTurn } from '../src/index.ts'

describe('the end of a turn', () => {
  const turn = () => new Promise(setImmediate)

  it('comes behind everything that is done in the turn, and to each in its order', async () => {
    const endOfTurn = new EndOfTurn()
    const done: string[] = []
    endOfTurn.add({ onTurnEnd: () => done.push('first') })
    process.nextTick(() => endOfTurn.add({ onTurnEnd: () => done.push('third') }))
    endOfTurn.add({ onTurnEnd: () => done.push('second') })
    done.push('now')
    await Promise.resolve().then(() => done.push('soon'))
    await turn()
    expect(done).toEqual(['now', 'soon', 'first', 'second', 'third'])
  })

  it('comes once to each', async () => {
    const endOfTurn = new EndOfTurn()
    let times = 0
    endOfTurn.add({ onTurnEnd: () => times++ })
    await turn()
    await turn()
    expect(times).toBe(1)
  })

  it('comes a turn later to what is put off in it', async () => {
    const endOfTurn = new EndOfTurn()
    const done: string[] = []
    const later = { onTurnEnd: () => done.push('later') }
    endOfTurn.add({ onTurnEnd: () => endOfTurn.add(later) })
    await turn()
    expect(done).toEqual([])
    await turn()
    expect(done).toEqual(['later'])
  })

  it('has another number in each turn, as long as somebody counts', async () => {
    const endOfTurn = new EndOfTurn()
    const first = endOfTurn.count(2)
    expect(endOfTurn.count()).toBe(first)
    await turn()
    expect(endOfTurn.turn).toBe(first + 1)
    await turn()
    expect(endOfTurn.turn).toBe(first + 2)
    await turn()
    expect(endOfTurn.turn).toBe(first + 2)
  })

  it('is counted before what was put off to it is told', async () => {
    const endOfTurn = new EndOfTurn()
    const first = endOfTurn.count()
    let seen = 0
    endOfTurn.add({ onTurnEnd: () => (seen = endOfTurn.turn) })
    await turn()
    expect(seen).toBe(first + 1)
  })
})
