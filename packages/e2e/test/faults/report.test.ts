import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { scenarioNames } from '../../faults/catalogue.ts'
import { faultArguments } from '../../faults/command/arguments.ts'
import { exitCode, figuresText, type Outcome, reportJson, summaryText, verdictOf } from '../../faults/command/report.ts'
import { atLeast, atMost } from '../../faults/scenario.ts'

describe('the arguments of npm run faults', () => {
  it('are all scenarios, or some of them, without a budget or with one', () => {
    const all = { names: scenarioNames, budgetSeconds: undefined, chosen: {}, jsonFile: undefined, help: false }
    expect(faultArguments([])).toEqual(all)
    const [first = ''] = scenarioNames
    const chosen = ['--only', first, '--budget', '60m', '--rounds', '1', '--calls', '2000', '--json', 'faults.json']
    expect(faultArguments(chosen)).toEqual({
      ...{ names: [first], budgetSeconds: 3_600, chosen: { rounds: 1, calls: 2_000 } },
      ...{ jsonFile: 'faults.json', help: false },
    })
  })

  it('are refused with a sentence', () => {
    expect(() => faultArguments(['--only', 'nothing'])).toThrow(/--only takes .*, not nothing/)
    expect(() => faultArguments(['--rounds', '0'])).toThrow('--rounds takes a whole number from 1')
    for (const budget of ['0', '60', 'long']) {
      expect(() => faultArguments(['--budget', budget])).toThrow('--budget takes a duration such as 60m')
    }
  })
})

describe('the report of npm run faults', () => {
  const kept: Outcome = {
    name: 'kept',
    figures: [
      atMost(0, 'failed calls', { before: 37, now: 0 }),
      atLeast(1, 'waits', { before: undefined, now: 1.234, unit: 's' }),
    ],
    notes: ['four rounds'],
    calls: { made: 1_200, failed: 0 },
    seconds: 61.4,
  }
  const calls = { made: 1_200, failed: 1 }
  const figures = [atMost(0, 'failed calls', { before: 37, now: 1 })]
  const broken: Outcome = { name: 'broken', figures, notes: [], calls, seconds: 5 }
  const failed: Outcome = { name: 'failed', figures: [], notes: [], seconds: 5, failure: 'there is no nginx' }
  const leftOut: Outcome = { name: 'left', figures: [], notes: [], seconds: 0, leftOut: 'no time' }
  const plain = new PassThrough()

  it('shows what was seen before and what is seen now, with the bound', () => {
    expect([kept, broken, failed, leftOut].map((outcome) => figuresText(outcome, plain)).join('\n\n')).toBe(
      [
        'kept          seen before  seen now  bound',
        'failed calls  37                  0  at most 0     ok',
        'waits         -              1.23 s  at least 1 s  ok',
        'note: four rounds',
        '',
        'broken        seen before  seen now  bound',
        'failed calls           37         1  at most 0  FAILED',
        '',
        'failed',
        'FAILED there is no nginx',
        '',
        'left',
        'left out: no time',
      ].join('\n'),
    )
  })

  it('ends with a line for each scenario', () => {
    expect(summaryText([kept, broken, failed, leftOut], plain)).toBe(
      [
        'scenario  calls  failed  seconds  verdict',
        'kept      1200   0            61  ok',
        'broken    1200   1             5  FAILED',
        'failed    -      -             5  FAILED',
        'left      -      -             0  left out',
      ].join('\n'),
    )
  })

  it('holds if every figure does, and there is one', () => {
    const empty: Outcome = { name: 'empty', figures: [], notes: [], seconds: 1 }
    expect([kept, broken, failed, empty, leftOut].map(verdictOf)).toEqual([
      ...['ok', 'FAILED', 'FAILED', 'FAILED', 'left out'],
    ])
  })

  it('passes only what was whole: the exit code is another one where something was left out', () => {
    expect([exitCode([kept]), exitCode([kept, leftOut]), exitCode([leftOut, broken, kept])]).toEqual([0, 3, 1])
  })

  it('is JSON for programs', () => {
    expect(JSON.parse(reportJson([broken, failed]))).toEqual({
      scenarios: [
        {
          ...{ name: 'broken', verdict: 'FAILED', notes: [], calls, seconds: 5 },
          figures: [{ ...broken.figures[0], ok: false }],
        },
        { name: 'failed', verdict: 'FAILED', figures: [], notes: [], seconds: 5, failure: 'there is no nginx' },
      ],
    })
  })
})
