import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { scenarioNames } from '../../faults/catalogue.ts'
import { faultArguments } from '../../faults/command/arguments.ts'
import { isGood, type Outcome, reportJson, reportText } from '../../faults/command/report.ts'
import { atLeast, atMost } from '../../faults/scenario.ts'

describe('the arguments of npm run faults', () => {
  it('are all scenarios five times, or some of them', () => {
    expect(faultArguments([])).toEqual({ names: scenarioNames, rounds: 5, json: false, help: false })
    const [first = ''] = scenarioNames
    expect(faultArguments(['--only', first, '--rounds', '1', '--json'])).toMatchObject({
      names: [first],
      rounds: 1,
      json: true,
    })
  })

  it('are refused with a sentence', () => {
    expect(() => faultArguments(['--only', 'nothing'])).toThrow(/--only takes .*, not nothing/)
    expect(() => faultArguments(['--rounds', '0'])).toThrow('--rounds takes a whole number from 1')
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
  }
  const broken: Outcome = { name: 'broken', figures: [atMost(0, 'failed calls', { before: 37, now: 1 })], notes: [] }
  const failed: Outcome = { name: 'failed', figures: [], notes: [], failure: 'there is no nginx' }

  it('says what was skipped, which is no failure', () => {
    const skipped: Outcome = { name: 'skipped', figures: [], notes: [], skipped: 'there is no nginx' }
    expect(isGood(skipped)).toBe(true)
    expect(reportText([skipped], new PassThrough())).toBe('skipped\nskipped: there is no nginx')
  })

  it('shows what was seen before and what is seen now, with the bound', () => {
    expect(reportText([kept, broken, failed], new PassThrough())).toBe(
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
      ].join('\n'),
    )
  })

  it('holds if every figure does, and there is one', () => {
    expect([kept, broken, failed, { name: 'empty', figures: [], notes: [] }].map(isGood)).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it('is JSON for programs', () => {
    expect(JSON.parse(reportJson([broken, failed]))).toEqual({
      scenarios: [
        { name: 'broken', ok: false, notes: [], figures: [{ ...broken.figures[0], ok: false }] },
        { name: 'failed', ok: false, figures: [], notes: [], failure: 'there is no nginx' },
      ],
    })
  })
})
