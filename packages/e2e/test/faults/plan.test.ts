import { describe, expect, it } from '@jest/globals'
import { type NamedScenario, planOf, planText } from '../../faults/command/plan.ts'

const scenarios: readonly NamedScenario[] = [
  { name: 'fixed', seconds: 100 },
  { name: 'rounds', seconds: 10, amount: { unit: 'rounds', least: 1, usual: 5, secondsEach: 50 } },
  { name: 'calls', seconds: 20, amount: { unit: 'calls', least: 1_000, usual: 10_000, secondsEach: 0.1 } },
]
const amountsOf = (budgetSeconds: number | undefined, chosen = {}) =>
  planOf(scenarios, { budgetSeconds, chosen }).map(({ amount, isLeftOut }) => (isLeftOut ? 'left out' : amount))

describe('the plan of npm run faults', () => {
  it('has as much of everything as usual, without a budget or with one that reaches', () => {
    expect(amountsOf(undefined)).toEqual([0, 5, 10_000])
    expect(amountsOf(10_000)).toEqual([0, 5, 10_000])
  })

  it('gives all the same share of what is left after the least of each, and never takes longer', () => {
    // The least takes 280 s, all of it 1,380 s.
    expect(amountsOf(280)).toEqual([0, 1, 1_000])
    expect(amountsOf(280 + 550)).toEqual([0, 3, 5_500])
    for (let budgetSeconds = 280; budgetSeconds < 1_500; budgetSeconds += 7) {
      const plan = planOf(scenarios, { budgetSeconds })
      expect(plan.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThanOrEqual(budgetSeconds)
    }
  })

  it('leaves out what there is no time for, and fits in what comes later and is shorter', () => {
    expect(amountsOf(279)).toEqual([0, 3, 'left out'])
    expect(amountsOf(99)).toEqual(['left out', 1, 'left out'])
    expect(amountsOf(0)).toEqual(['left out', 'left out', 'left out'])
  })

  it('keeps amounts that somebody chose', () => {
    expect(amountsOf(undefined, { rounds: 7 })).toEqual([0, 7, 10_000])
    expect(amountsOf(280, { calls: 500 })).toEqual([0, 2, 500])
  })

  it('is shown before anything runs', () => {
    expect(planText(planOf(scenarios, { budgetSeconds: 279 }))).toBe(
      [
        'planned                        about',
        'fixed                        1.7 min',
        'rounds    3 rounds           2.7 min',
        'calls     left out: no time  2.0 min',
        'together                     4.3 min',
      ].join('\n'),
    )
  })
})
