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
})
