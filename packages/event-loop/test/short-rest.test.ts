import { describe, expect, it } from '@jest/globals'
import { ShortRest } from '../src/index.ts'

let now = 1_000_000
const newRest = () => new ShortRest(() => now)

describe('a line of strangers', () => {
  it('rests in proportion to what a turn took', () => {
    const rest = newRest()
    rest.addTurn(2)
    expect(rest.remainingMs(now)).toBe(0)
    rest.addTurn(3)
    expect(rest.remainingMs(now)).toBe(27)
    now += 20
    expect(rest.remainingMs(now)).toBe(7)
  })

  it('never rests for long, whatever many of them took together', () => {
    const rest = newRest()
    for (let turn = 0; turn < 10; turn++) rest.addTurn(500)
    expect(rest.remainingMs(now)).toBe(30)
  })

  it('does not rest where nobody else has called lately', () => {
    const rest = newRest()
    rest.addTurn(3)
    expect(rest.remainingMs(now - 201)).toBe(0)
  })
})
