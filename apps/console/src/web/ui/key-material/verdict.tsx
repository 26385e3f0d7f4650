import { GatewayProblem } from '@mtls-gateway/client/page'
import { Failure } from '../failure.tsx'
import { Loading } from '../loading.tsx'
import { ProblemCard } from '../problem-card.tsx'
import { TestReportView } from './test-report.tsx'
import type { KeyTester } from './use-key-tester.ts'
import styles from './verdict.module.css'

/** What the gateway says of the chosen file: a report, or what is wrong with it and the commands that fix it. */
export function Verdict({ tester }: { readonly tester: KeyTester }) {
  return (
    <div role="status" aria-label="Verdict" className={styles.verdict}>
      <Found tester={tester} />
    </div>
  )
}

function Found({ tester }: { readonly tester: KeyTester }) {
  const { report, error, isTesting } = tester
  if (isTesting) return <Loading label="Checking the file" />
  if (report !== undefined) return <TestReportView report={report} />
  if (error === null) return null
  const problems = error instanceof GatewayProblem ? (error.problem.problems ?? []) : []
  // The first problem says what the error says.
  if (problems.length === 0) return <Failure error={error} onRetry={tester.test} />
  return problems.map((problem) => <ProblemCard key={`${problem.code} ${problem.message}`} problem={problem} />)
}
