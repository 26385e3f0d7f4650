import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
// @ts-expect-error: a configuration, which has no types
import { project, run } from '../../../jest.config.base.js'
import { readResults, resultsFile } from '../src/results.ts'

const files = join(import.meta.dirname, 'files')
const jest = join(import.meta.dirname, '../../../node_modules/jest/bin/jest.js')

interface Outcome {
  readonly code: number | null
  readonly output: string
}

/** Runs files as `npm test` runs a workspace: with one worker, so that each file comes after others. */
function runFiles(pattern: string, options: object = {}): Promise<Outcome> {
  const config = {
    ...project,
    ...run,
    rootDir: files,
    displayName: 'files',
    testMatch: [`<rootDir>/${pattern}.ts`],
    testEnvironmentOptions: { timeoutMs: 500, env: { OF_THE_PROJECT: 'seen' } },
    maxWorkers: 1,
    reporters: run.reporters.with(0, join(import.meta.dirname, '../src/progress-reporter.ts')),
    ...options,
  }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [jest, '--config', JSON.stringify(config)], (_, stdout, stderr) => {
      resolve({ code: child.exitCode, output: stdout + stderr })
    })
  })
}

afterAll(() => rmSync(join(files, resultsFile), { force: true }))

describe('a run', () => {
  let outcome: Outcome

  beforeAll(async () => {
    // What a file leaves running keeps its worker alive, too.
    outcome = await runFiles('*.file', { workerGracefulExitTimeout: 100 })
  })

  it.each([
    ['loads support anew for each file, with its hooks', 'support-first'],
    ['does so for the next one, too', 'support-second'],
    ['has the errors and bytes of Node itself', 'instances'],
    ['compiles what has decorators', 'decorated'],
    ['gives a project its variables', 'variables'],
  ])('%s', (_, name) => {
    expect(outcome.output).toMatch(new RegExp(`^pass files ${name}\\.file `, 'm'))
  })

  it('shows in full what failed: an assertion, a test without an end, a set-up', () => {
    expect(outcome.output).toMatch(/^FAIL files failing\.file /m)
    expect(outcome.output).toContain('Expected: 2')
    expect(outcome.output).toContain('Exceeded timeout of 500 ms for a test')
    expect(outcome.output).toContain('the set-up has failed')
    for (const line of [4, 7, 13])
      expect(outcome.output).toMatch(new RegExp(`\\((\\.\\./)*[^:?]*failing\\.file\\.ts:${line}:`))
  })

  it('fails a file that leaves a server running', () => {
    expect(outcome.output).toMatch(/^FAIL files leaving\.file /m)
    expect(outcome.output).toContain('This file leaves running: 1 TCPServerWrap')
  })

  it('says of a file that fails why, rather than what it leaves running for that', () => {
    expect(outcome.output).toMatch(/^FAIL files failing-leaving\.file /m)
    expect(outcome.output).toContain('the server was not looked at')
    expect(outcome.output.match(/This file leaves running: \d/g)).toHaveLength(1)
  })

  it('says how far it is, and fails', () => {
    expect(outcome.output).toMatch(/\[8 of 8 files, \d+ tests, 4 failed, 0 s left\]/)
    expect(outcome.code).toBe(1)
  })

  it('leaves its counts beside its configuration, with what failed and why', () => {
    const { failures, ...counts } = readResults(files, ['.'])
    // The results of the file that leaves something running are not reported.
    expect(counts).toEqual({ passed: 10, failed: 5, skipped: 1, missing: {}, workspaces: ['test-runner'] })
    const file = (name: string) => expect.stringContaining(`packages/test-runner/test/files/${name}.file.ts\n`)
    expect(failures.toSorted()).toEqual(['failing-leaving', 'failing', 'leaving'].map(file))
    expect(failures.join()).toContain('Expected: 2')
    expect(failures.join()).toContain('This file leaves running: 1 TCPServerWrap')
  })
})

describe('a project whose tests need what the machine lacks', () => {
  it('is skipped without a trace, and counted for each of them, beside what its tests need', async () => {
    const missing = ['OpenBao', 'redis-server']
    const { code, output } = await runFiles('needing', { testEnvironmentOptions: { missing } })
    expect(output).toMatch(/^pass files needing /m)
    expect(code).toBe(0)
    expect(JSON.parse(readFileSync(join(files, resultsFile), 'utf8'))).toEqual({
      ...{ passed: 0, failed: 0, skipped: 3, workspaces: [], failures: [] },
      missing: { OpenBao: 3, 'redis-server': 3, wrk: 1 },
    })
  })
})

it('a run gives its worker time to end', async () => {
  const { code, output } = await runFiles('slow-end')
  expect(output).toMatch(/^pass files slow-end /m)
  expect(output).not.toContain('failed to exit gracefully')
  expect(code).toBe(0)
})
