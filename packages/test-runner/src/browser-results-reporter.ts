import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { countMissing, failureOf, type Results, resultsFile } from './results.ts'

/** What Playwright tells its reporters, as far as it is used here. */
interface Configuration {
  readonly configFile?: string
}

interface Fault {
  readonly message?: string
}

interface BrowserTest {
  titlePath(): readonly string[]
  /** One for each time that it ran. */
  readonly results: readonly { readonly errors: readonly Fault[] }[]
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
  readonly #faults: string[] = []

  /** @param missing what all tests need and the machine lacks: they are only listed */
  constructor({ missing }: { readonly missing: readonly string[] }) {
    this.#missing = missing
  }

  onBegin({ configFile = '' }: Configuration, run: Run): void {
    this.#directory = dirname(configFile)
    this.#run = run
  }

  /** A file that can't be loaded, and a set-up that fails, have no tests to count. */
  onError({ message = '' }: Fault): void {
    this.#faults.push(failureOf('browser tests', message))
  }

  onEnd(): void {
    const tests = this.#run?.allTests() ?? []
    const outcomes = tests.map((test) => test.outcome())
    const skipped = tests.filter((test) => test.outcome() === 'skipped')
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length
    const [passed, failed] = [count('expected') + count('flaky'), count('unexpected') + this.#faults.length]
    const results: Results = {
      passed,
      failed,
      skipped: skipped.length,
      missing: countMissing(skipped.map((test) => ({ name: reasonsOf(test), missing: this.#missing }))),
      // `apps/console/test/browser`
      workspaces: passed + failed > 0 ? [this.#directory.split('/').at(-3) ?? ''] : [],
      failures: [...this.#faults, ...tests.filter((test) => test.outcome() === 'unexpected').map(failureOfTest)],
    }
    writeFileSync(join(this.#directory, resultsFile), JSON.stringify(results))
  }
}

function failureOfTest(test: BrowserTest): string {
  const errors = test.results.flatMap((result) => result.errors)
  return failureOf(test.titlePath().filter(Boolean).join(' › '), errors.map(({ message = '' }) => message).join('\n'))
}

function reasonsOf({ annotations }: BrowserTest): string {
  return annotations.map(({ description = '' }) => description).join(' ')
}
