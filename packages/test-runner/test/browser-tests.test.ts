import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import BrowserResultsReporter from '../src/browser-results-reporter.ts'
import { browserFolder, chosenBrowserTests } from '../src/browser-tests.ts'
import { resultsFile } from '../src/results.ts'

describe('the arguments of npm test', () => {
  const signIn = join(browserFolder, 'sign-in.browser.ts')

  it('choose browser tests by name, and all where there are none', () => {
    expect(chosenBrowserTests(['Sign-In', 'no-such-test'])).toEqual([signIn])
    expect(chosenBrowserTests(['no-such-test'])).toEqual([])
    expect(chosenBrowserTests([])).toContain(signIn)
  })

  it('choose none of them by an option of Jest', () => {
    expect(chosenBrowserTests(['--selectProjects', 'domain'])).toEqual([])
    expect(chosenBrowserTests(['sign-in', '-t', 'once'])).toEqual([])
  })
})

describe('the results of browser tests', () => {
  let root: string
  let folder: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'browser-results-'))
    folder = join(root, browserFolder)
    mkdirSync(folder, { recursive: true })
  })

  afterEach(() => rmSync(root, { recursive: true }))

  type Outcome = 'skipped' | 'expected' | 'unexpected' | 'flaky'

  interface Circumstances {
    readonly faults?: number
    readonly missing?: readonly string[]
    readonly annotations?: readonly { readonly description: string }[]
  }

  function resultsOf(
    outcomes: readonly Outcome[],
    { faults = 0, missing = [], annotations = [] }: Circumstances = {},
  ): unknown {
    const reporter = new BrowserResultsReporter({ missing })
    const tests = outcomes.map((outcome) => ({
      titlePath: () => ['', 'chromium', 'lists.browser.ts', 'sorts'],
      results: [{ errors: outcome === 'unexpected' ? [{ message: '\u001b[31mTimeout\u001b[0m' }] : [] }],
      outcome: () => outcome,
      annotations: [...annotations],
    }))
    reporter.onBegin({ configFile: join(folder, 'playwright.config.ts') }, { allTests: () => tests })
    for (let fault = 0; fault < faults; fault++) reporter.onError({ message: 'no browser' })
    reporter.onEnd()
    return JSON.parse(readFileSync(join(folder, resultsFile), 'utf8'))
  }

  it('are counted beside their configuration, for their workspace, with what failed', () => {
    expect(resultsOf(['expected', 'expected', 'unexpected', 'skipped'])).toEqual({
      ...{ passed: 2, failed: 1, skipped: 1, missing: {} },
      workspaces: ['console'],
      failures: ['chromium › lists.browser.ts › sorts\n  Timeout'],
    })
  })

  it('count what could not be started as a failure, and what was only listed as skipped', () => {
    expect(resultsOf([], { faults: 1 })).toMatchObject({
      ...{ passed: 0, failed: 1 },
      failures: ['browser tests\n  no browser'],
    })
    expect(resultsOf(['skipped', 'skipped'])).toMatchObject({ passed: 0, failed: 0, skipped: 2, workspaces: [] })
  })

  it('say what the skipped ones need: all of them, or those that say so', () => {
    const missing = ['Chromium']
    const annotations = [{ description: '[needs OpenBao, redis-server]' }]
    expect(resultsOf(['skipped', 'skipped'], { missing })).toMatchObject({ missing: { Chromium: 2 } })
    expect(resultsOf(['skipped', 'expected'], { annotations })).toMatchObject({
      missing: { OpenBao: 1, 'redis-server': 1 },
    })
  })
})
