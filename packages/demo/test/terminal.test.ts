import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { Steps } from '../src/steps.ts'
import { duration, stepLine, Terminal } from '../src/terminal.ts'

const report = { step: 'certificate uploaded', ok: true, ms: 42, result: '17, Available' }

describe('a step for people', () => {
  it('has its mark, name, time and result in columns that line up whatever the time is', () => {
    const short = stepLine(report, false)
    const long = stepLine({ ...report, step: 'x', ms: 12_345 }, false)
    expect(short).toMatch(/^✓ certificate uploaded +42 ms {2}17, Available$/)
    expect(long.indexOf('17')).toBe(short.indexOf('17'))
  })

  it('tells what went wrong in lines of its own, each indented', () => {
    const line = stepLine({ ...report, ok: false, result: 'Port 8080 is in use.\nPort 8081 is in use.\n' }, false)
    expect(line).toMatch(/^✗ certificate uploaded +42 ms\n {2}Port 8080 is in use\.\n {2}Port 8081 is in use\.$/)
  })

  it('has no escape sequence without colour', () => {
    expect(stepLine(report, false)).not.toContain('\u001b')
    expect(stepLine(report, true)).toContain('\u001b[32m✓\u001b[0m')
    expect(stepLine({ ...report, ok: false }, true)).toContain('\u001b[31m✗\u001b[0m')
  })

  it('changes from milliseconds to seconds where four digits would begin', () => {
    expect([0, 999.4, 999.5, 1_000, 61_250].map(duration)).toEqual(['0 ms', '999 ms', '1.0 s', '1.0 s', '61.3 s'])
  })
})

describe('a step that takes long', () => {
  it('is named on stderr while it runs, and no longer', async () => {
    const told: string[] = []
    const reminded = Promise.withResolvers<void>()
    const terminal = new Terminal({
      json: false,
      colour: false,
      out: (text) => told.push(text),
      err: (text) => {
        told.push(text)
        reminded.resolve()
      },
      remindMs: 5,
    })
    const steps = new Steps(terminal, new AbortController().signal)
    await steps.run('console started', async () => {
      await reminded.promise
      return { result: 'it listens', value: undefined }
    })
    const count = told.length
    expect(told[0]).toMatch(/^console started: not yet, after \d+ ms\n$/)
    expect(told.at(-1)).toMatch(/^✓ console started /)
    await setTimeout(20)
    expect(told).toHaveLength(count)
  })
})

describe('JSON output', () => {
  it('is one object a line and nothing else; complaints go to stderr', () => {
    const out: string[] = []
    const err: string[] = []
    const write = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) }
    const terminal = new Terminal({ json: true, colour: true, ...write })
    terminal.step(report)
    terminal.text('for people')
    terminal.step({ ...report, ok: false, problem: { status: 409, code: 'CERTIFICATE_NAME_TAKEN' } })
    terminal.complain('the tail of a log')
    expect(out.map((line) => JSON.parse(line))).toEqual([
      report,
      { ...report, ok: false, problem: { status: 409, code: 'CERTIFICATE_NAME_TAKEN' } },
    ])
    expect(out.every((line) => line.endsWith('}\n'))).toBe(true)
    expect(err).toEqual(['the tail of a log\n'])
  })
})
