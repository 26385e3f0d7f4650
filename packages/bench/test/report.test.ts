import { describe, expect, it } from '@jest/globals'
import { machineFacts } from '../src/machine/machine-facts.ts'
import { type Report, reportJson, reportText } from '../src/report/report.ts'
import { median, medianResult, type Result } from '../src/report/result.ts'
import type { ShareResult } from '../src/report/share-result.ts'
import { atLeast, atMost, exitCode, holds, judge } from '../src/report/verdict.ts'

const result: Result = {
  subject: 'mtls-gateway',
  scenario: 'small',
  rps: 12_345.6,
  p50Ms: 1.5,
  p99Ms: 4,
  cpuUsPerRequest: 81,
  rssMiB: 200,
  errors: 0,
}
const verdicts = [atLeast(0.3, 'of nginx', 0.31, 'x'), atMost(3, 'p99', 3.5, 'ms')]
const report: Report = {
  machine: machineFacts(),
  results: [result, { ...result, subject: 'nginx', rps: 40_000 }],
  others: 0.012,
  verdicts: verdicts.map((verdict) => judge(verdict, 0.012)),
  notes: ['nginx: 12 KiB RSS an identity'],
}
/** Into a pipe. */
const pipe = Object.assign(Object.create(process.stdout), { isTTY: false })

describe('a report', () => {
  it('has a table, verdicts with figure and bound, and notes', () => {
    const text = reportText(report, pipe)

    expect(text).toMatch(/^small +requests\/s +p50 ms +p99 ms +CPU us\/request +RSS MiB +errors$/m)
    expect(text).toMatch(/^mtls-gateway +12346 +1.50 +4.00 +81.0 +200 +0$/m)
    expect(text).toMatch(/^ok +of nginx: 0.31 x \(at least 0.3 x\)$/m)
    expect(text).toMatch(/^FAILED p99: 3.50 ms \(at most 3 ms\)$/m)
    expect(text).toMatch(/^note +nginx: 12 KiB RSS an identity$/m)
  })

  it('has a table of shared pools, where they were measured', () => {
    const share: ShareResult = {
      pool: 'probes of config-api',
      operation: 'a probe',
      attack: 'probes all the time',
      quantile: 'p75',
      calmMs: 100,
      attackedMs: 150,
      calmMedianMs: 90,
      attackedMedianMs: 99,
      firstBlockMs: 21.4,
      samples: { calm: 41, attacked: 40 },
      failures: 0,
      attacker: { inUse: 1, waiting: 8, refused: 77 },
    }
    const text = reportText({ ...report, shares: [share] }, pipe)

    expect(text).toMatch(/^pool +quantile +calm ms +attacked ms +times .*turned away$/m)
    expect(text).toMatch(/^probes of config-api +p75 +100.00 +150.00 +1.50 +90.00 +99.00 +21 +41 \+ 40 +0 +1 +8 +77$/m)
  })

  it('says in its last line, and with every verdict, that the machine was too busy', () => {
    const busy = { ...report, others: 0.38, verdicts: verdicts.map((verdict) => judge(verdict, 0.38)) }
    const text = reportText(busy, pipe)

    const others = 'others used 38 % of the processors'
    expect(text).toContain(`\nunsure of nginx: 0.31 x (at least 0.3 x), holds, but ${others}\n`)
    expect(text).toContain(`\nunsure p99: 3.50 ms (at most 3 ms), does not hold, but ${others}\n`)
    expect(text.split('\n').at(-1)).toMatch(new RegExp(`^The machine was too busy: ${others}\\. Don't trust`))
    expect(JSON.parse(reportJson(busy))).toMatchObject({
      others: 0.38,
      isTrusted: false,
      verdicts: [
        { ok: false, outcome: 'unsure', others: 0.38 },
        { ok: false, outcome: 'unsure', others: 0.38 },
      ],
    })
    expect(reportText(report, pipe).split('\n').at(-1)).toMatch(/, others used 1 % of the processors$/)
  })

  it('has no colour outside of a terminal', () => {
    expect(reportText(report, pipe)).not.toContain('\u001b')
  })

  it('is read by machines too', () => {
    const { machine, results, verdicts, isTrusted } = JSON.parse(reportJson(report))

    expect(machine).toMatchObject({ cores: expect.any(Number), node: process.version })
    expect(results[0]).toEqual(result)
    expect(verdicts.map(({ ok }: { ok: boolean }) => ok)).toEqual([true, false])
    expect(isTrusted).toBe(true)
  })
})

describe('several rounds', () => {
  it('count as the median of each figure, and all their errors', () => {
    const rounds = [
      { ...result, rps: 10, p99Ms: 9, errors: 1 },
      { ...result, rps: 30, p99Ms: 1 },
      { ...result, rps: 20, p99Ms: 5, errors: 2 },
    ]

    expect(medianResult(rounds)).toMatchObject({ rps: 20, p99Ms: 5, p50Ms: 1.5, errors: 3 })
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })
})

describe('a verdict', () => {
  it('holds on its bound', () => {
    expect([atLeast(1, '', 1), atMost(1, '', 1), atLeast(1, '', 0.99), atMost(1, '', 1.01)].map(holds)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('is unsure on a busy machine, unless it is about what must never happen', () => {
    const never = { ...atMost(0, 'wrong certificates', 1), onAnyMachine: true } as const
    const on = (others: number) => [atLeast(1, '', 2), atLeast(1, '', 0), never].map((each) => judge(each, others))

    expect(on(0.1).map(({ outcome }) => outcome)).toEqual(['ok', 'failed', 'failed'])
    expect(on(0.11).map(({ outcome }) => outcome)).toEqual(['unsure', 'unsure', 'failed'])
  })

  it('decides the exit code: 1 for a bound that does not hold, 2 where the machine was too busy to tell', () => {
    const [ok, failed, unsure] = [judge(atMost(1, '', 0), 0), judge(atMost(1, '', 2), 0), judge(atMost(1, '', 2), 1)]

    expect([[], [ok], [ok, failed], [failed, unsure], [ok, unsure]].map(exitCode)).toEqual([0, 0, 1, 1, 2])
  })
})
