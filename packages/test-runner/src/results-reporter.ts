import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { FileReport, RunReport, TestFile } from './jest-reports.ts'
import { countMissing, failureOf, type Results, resultsFile } from './results.ts'

const root = join(import.meta.dirname, '../../..')

/** Leaves the {@link Results} of a run beside its configuration. */
export default class ResultsReporter {
  readonly #directory: string
  readonly #skipped: { readonly name: string; readonly missing: readonly string[] | undefined }[] = []
  readonly #failures: string[] = []

  constructor({ rootDir }: { readonly rootDir: string }) {
    this.#directory = rootDir
  }

  onTestFileResult({ context, path }: TestFile, { testResults, failureMessage }: FileReport): void {
    if (failureMessage) this.#failures.push(failureOf(relative(root, path), failureMessage))
    const { missing } = context.config.testEnvironmentOptions
    for (const { fullName: name, status } of testResults)
      if (status === 'pending') this.#skipped.push({ name, missing })
  }

  onRunComplete(_: unknown, run: RunReport): void {
    const heard = run.testResults.filter(
      ({ numPassingTests, numFailingTests }) => numPassingTests + numFailingTests > 0,
    )
    const results: Results = {
      passed: run.numPassedTests,
      // A file that can't be loaded has no tests to count.
      failed: run.numFailedTests + run.numRuntimeErrorTestSuites,
      skipped: run.numPendingTests + run.numTodoTests,
      missing: countMissing(this.#skipped),
      // `packages/domain/test/…`
      workspaces: [...new Set(heard.map(({ testFilePath }) => relative(root, testFilePath).split('/')[1] ?? ''))],
      failures: this.#failures,
    }
    writeFileSync(join(this.#directory, resultsFile), JSON.stringify(results))
  }
}
