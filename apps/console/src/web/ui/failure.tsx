import { GatewayProblem } from '@mtls-gateway/client/page'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'
import { ProblemCard } from './problem-card.tsx'

/** What went wrong, as the gateway says it: its sentence, each fault, and the id of the request for a question. */
export function Failure({ error, onRetry }: { readonly error: Error; readonly onRetry?: (() => void) | undefined }) {
  const retry = onRetry && <Button onClick={onRetry}>Try again</Button>
  if (!(error instanceof GatewayProblem)) return <Notice tone="bad" title={error.message} action={retry} />
  const { errors = [], problems = [] } = error.problem
  return (
    <>
      <Notice tone="bad" title={error.detail} action={retry}>
        {errors.length > 0 && (
          <ul>
            {errors.map((fault) => (
              <li key={`${fault.index} ${fault.field} ${fault.message}`}>
                {fault.field === undefined ? fault.message : `${fault.field}: ${fault.message}`}
              </li>
            ))}
          </ul>
        )}
        <small>
          {error.code} · request {error.requestId}
        </small>
      </Notice>
      {problems.map((problem) => (
        <ProblemCard key={problem.code} problem={problem} />
      ))}
    </>
  )
}
