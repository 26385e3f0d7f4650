import { relative } from 'node:path'
import type { FileReport, RunReport, TestFile } from './jest-reports.ts'
import { RemainingTime, spoken } from './remaining-time.ts'

interface Options {
  readonly maxWorkers: number
}

/**
 * On a terminal, one line that says how far a run is; elsewhere, a line per file. Failures are shown in full, at once.
 */
export default class ProgressReporter {
  readonly #workers: number
  readonly #isTerminal = process.stdout.isTTY === true && process.env.CI === undefined
  #remaining = new RemainingTime(0, 1)
  #done = 0

  constructor({ maxWorkers }: Options) {
    this.#workers = maxWorkers
  }

  onRunStart(_run: RunReport, { estimatedTime }: { readonly estimatedTime: number }): void {
    this.#remaining = new RemainingTime(estimatedTime * 1_000 * this.#workers, this.#workers)
  }

  onTestFileResult(file: TestFile, report: FileReport, run: RunReport): void {
    this.#done++
    this.#remaining.fileDone(file.duration)
    const name = nameOf(file)
    const hasFailed = Boolean(report.failureMessage)
    if (hasFailed || !this.#isTerminal) this.#print(`${hasFailed ? 'FAIL' : 'pass'} ${name}${this.#progress(run)}`)
    for (const { message } of report.console ?? []) this.#print(message)
    if (report.failureMessage) this.#print(report.failureMessage)
    if (this.#isTerminal) this.#show(`${this.#progress(run).trim()} ${name}`)
  }

  onRunComplete(): void {
    if (this.#isTerminal) this.#show('')
  }

  /** `  [120 of 380 files, 1,604 tests, 0 failed, 2 min 10 s left]` */
  #progress({ numTotalTestSuites, numPassedTests, numFailedTests }: RunReport): string {
    const tests = (numPassedTests + numFailedTests).toLocaleString('en')
    const counts = `${this.#done} of ${numTotalTestSuites} files, ${tests} tests, ${numFailedTests} failed`
    // Jest expects of a few files that each takes as long as the longest.
    const leftMs = this.#done === numTotalTestSuites ? 0 : this.#remaining.ms
    return `  [${counts}, ${spoken(leftMs)} left]`
  }

  #print(text: string): void {
    if (this.#isTerminal) this.#show('')
    process.stdout.write(`${text}\n`)
  }

  /** Replaces the line before. */
  #show(line: string): void {
    process.stdout.write(`\r\x1b[2K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`)
  }
}

/** `e2e production forward/answers`; a project that is not named after its folder has its own name. */
function nameOf({ path, context: { config } }: TestFile): string {
  const within = relative(config.rootDir, path)
    .replace(/^test\//, '')
    .replace(/(\.test)?\.ts$/, '')
  return [config.displayName?.name, within].filter(Boolean).join(' ')
}
