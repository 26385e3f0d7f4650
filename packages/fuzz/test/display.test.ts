import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { Display, summary } from '../command/display.ts'
import type { Report } from '../engine/messages.ts'

const quiet: Report = {
  isDone: false,
  cases: 9,
  corpus: 1,
  reached: '2 features',
  findings: [],
  notRepeated: [],
  notes: [],
}
const seen = { target: 'pools', path: '/a/case', remark: '', times: 1 }

describe('what is shown', () => {
  it('tells of what was found at once, and once', async () => {
    const target = { name: 'pools', begunAt: performance.now(), report: quiet }
    let written = ''
    const write = (text: string) => {
      written += text
    }
    const display = new Display([target], 60, { isTTY: false, write } as unknown as NodeJS.WriteStream)
    target.report = { ...quiet, findings: [{ ...seen, finding: 'a call got what was not its own: "t-1"' }] }
    await setTimeout(700)
    expect(written).toBe('pools FOUND: a call got what was not its own: "t-1"\n')
    target.report = { ...target.report, notRepeated: [{ ...seen, finding: 'a call has no end', times: 2 }] }
    display.stop()
    expect(written.split('\n').slice(1)).toEqual(['pools saw, not repeated: a call has no end', ''])
  })

  it('counts apart what was not repeated', () => {
    const report = { ...quiet, notRepeated: [{ ...seen, finding: 'a call has no end', times: 2 }] }
    const text = summary([{ name: 'pools', begunAt: 0, report }], 60, 1)
    expect(text).toMatch(/findings +not repeated[\s\S]*\b0 +2\b/)
    expect(text).toContain('pools, not repeated: a call has no end (2 times)\n  npm run fuzz -- --only pools /a/case')
  })
})
