import { describe, expect, it } from '@jest/globals'
import { BodyBudget } from '../src/index.ts'

describe('the budget of bodies', () => {
  it('is for each account, and what was given back can be taken again', () => {
    const budget = new BodyBudget(100)
    const giveBack = budget.take('a', 60)
    expect(() => budget.take('a', 41)).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_BODIES', retryAfterSeconds: 1 }),
    )
    expect(() => budget.take('b', 100)).not.toThrow()
    giveBack()
    expect(() => budget.take('a', 100)).not.toThrow()
  })

  it('is for all accounts together, too', () => {
    const budget = new BodyBudget(100, 150)
    const giveBack = budget.take('a', 100)
    expect(() => budget.take('b', 51)).toThrow(expect.objectContaining({ code: 'TOO_MANY_BODIES' }))
    giveBack()
    expect(() => budget.take('b', 51)).not.toThrow()
  })
})
