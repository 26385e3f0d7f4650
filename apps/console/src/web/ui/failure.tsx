import { ApprovalRequested, GatewayProblem } from '@mtls-gateway/client/page'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'
import { ProblemCard } from './problem-card.tsx'
import { WaitsForApproval } from './waits-for-approval.tsx'
import { WholeWords } from './whole-words.tsx'

/** Instead of the gateway's words for programs, where a page is of something that one can't see. */
const goneSentences: Readonly<Record<string, string>> = {
  CERTIFICATE_NOT_FOUND: 'This account has no such certificate. It may have been deleted.',
  WRONG_ACCOUNT:
    'Your session is not for this account. Open another account, or sign out and in again, in the menu under your name.',
  NEXT_VERSION_DIFFERS:
    'The next version is not a usual renewal of the one that is in use now. Reload the page, and compare the two.',
  MAPPING_NOT_FOUND: 'This account has no such mapping. It may have been deleted.',
}

/** The page has covered itself, and is back: whoever has signed in again does this again. */
const notSignedIn = 'This was not done, because nobody was signed in any more. Do it again.'

/** What went wrong, as the gateway says it: its sentence, each fault, and the id of the request for a question. */
export function Failure({ error, onRetry }: { readonly error: Error; readonly onRetry?: (() => void) | undefined }) {
  const retry = onRetry && <Button onClick={onRetry}>Try again</Button>
  if (error instanceof ApprovalRequested) return <WaitsForApproval approval={error.approval} />
  if (!(error instanceof GatewayProblem)) return <Notice tone="bad" title={error.message} action={retry} />
  const { problems = [] } = error.problem
  const cards = problems.map((problem) => <ProblemCard key={problem.code} problem={problem} />)
  // They say what the sentence says, and what helps.
  if (problems.some(({ message }) => message === error.detail)) return cards
  const errors = (error.problem.errors ?? []).filter(({ message }) => !error.detail.includes(message))
  const known = Object.hasOwn(goneSentences, error.code) ? goneSentences[error.code] : undefined
  const gone = known ?? (error.status === 401 ? notSignedIn : undefined)
  return (
    <>
      <Notice
        tone="bad"
        title={gone ?? withCode(sentenceOf(error.detail, retry !== undefined))}
        action={gone === undefined && retry}
      >
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
          {error.code} · request <WholeWords text={error.requestId} />
        </small>
      </Notice>
      {cards}
    </>
  )
}

/** What the button beside it says need not be said twice. */
function sentenceOf(detail: string, hasRetry: boolean): string {
  return hasRetry ? detail.replace(/ Try again in a moment\.$/, '') : detail
}

/** What stands between backquotes is to be typed. */
function withCode(sentence: string): ReactNode {
  return sentence.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence have no other name
    index % 2 === 0 ? part : <code key={index}>{part}</code>,
  )
}
