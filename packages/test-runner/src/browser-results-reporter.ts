import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { countMissing, type Results, resultsFile } from './results.ts'

/** What Playwright tells its reporters, as far as it is used here. */
interface Configuration {
  readonly configFile?: string
}

interface BrowserTest {
  outcome(): 'skipped' | 'expected' | 'unexpected' | 'flaky'
  /** Why it is skipped, among others. */
  readonly annotations: readonly { readonly description?: string }[]
}

interface Run {
  allTests(): readonly BrowserTest[]
}

/** Leaves the {@link Results} of browser tests beside their configuration. Tests that are only listed are skipped. */
export default class BrowserResultsReporter {
  readonly #missing: readonly string[]
  #directory = '.'
  #run: Run | undefined
  #faults = 0

  /** @param missing what all tests need and the machine lacks: they are only listed */
  constructor({ missing }: { readonly missing: readonly string[] }) {
    this.#missing = missing
  }

  onBegin({ configFile = '' }: Configuration, run: Run): void {
    this.#directory = dirname(configFile)
    this.#run = run
  }

  /** A file that can't be loaded, and a set-up that fails, have no tests to count. */
  onError(): void {
    this.#faults++
  }

  onEnd(): void {
    const tests = this.#run?.allTests() ?? []
    const outcomes = tests.map((test) => test.outcome())
    const skipped = tests.filter((test) => test.outcome() === 'skipped')
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length
    const [passed, failed] = [count('expected') + count('flaky'), count('unexpected') + this.#faults]
    const results: Results = {
      passed,
      failed,
      skipped: skipped.length,
      missing: countMissing(skipped.map((test) => ({ name: reasonsOf(test), missing: this.#missing }))),
      // `apps/console/test/browser`
      workspaces: passed + failed > 0 ? [this.#directory.split('/').at(-3) ?? ''] : [],
    }
    writeFileSync(join(this.#directory, resultsFile), JSON.stringify(results))
  }
}

function reasonsOf({ annotations }: BrowserTest): string {
  return annotations.map(({ description = '' }) => description).join(' ')
}
