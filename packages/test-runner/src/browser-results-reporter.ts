import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Results, resultsFile } from './results.ts'

/** What Playwright tells its reporters, as far as it is used here. */
interface Configuration {
  readonly configFile?: string
}

interface Run {
  allTests(): readonly { outcome(): 'skipped' | 'expected' | 'unexpected' | 'flaky' }[]
}

/** Leaves the {@link Results} of browser tests beside their configuration. Tests that are only listed are skipped. */
export default class BrowserResultsReporter {
  #directory = '.'
  #run: Run | undefined
  #faults = 0

  onBegin({ configFile = '' }: Configuration, run: Run): void {
    this.#directory = dirname(configFile)
    this.#run = run
  }

  /** A file that can't be loaded, and a set-up that fails, have no tests to count. */
  onError(): void {
    this.#faults++
  }

  onEnd(): void {
    const outcomes = this.#run?.allTests().map((test) => test.outcome()) ?? []
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length
    const [passed, failed] = [count('expected') + count('flaky'), count('unexpected') + this.#faults]
    const results: Results = {
      passed,
      failed,
      skipped: count('skipped'),
      // `apps/console/test/browser`
      workspaces: passed + failed > 0 ? [this.#directory.split('/').at(-3) ?? ''] : [],
    }
    writeFileSync(join(this.#directory, resultsFile), JSON.stringify(results))
  }
}
