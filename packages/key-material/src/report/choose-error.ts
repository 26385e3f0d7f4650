import { CodedError } from '@mtls-gateway/domain'
import type { TestReport } from './report.ts'

/**
 * The first error of a report, for the answer to a request that can't be carried out with this file. `details.problems`
 * has all of them.
 *
 * @throws TypeError if no problem of the report is an error
 */
export function chooseError(report: TestReport): CodedError {
  for (const problem of report.problems) {
    if (problem.severity === 'error') {
      return new CodedError(problem.code, problem.message, { details: { problems: report.problems } })
    }
  }
  throw new TypeError('the report has no error')
}
