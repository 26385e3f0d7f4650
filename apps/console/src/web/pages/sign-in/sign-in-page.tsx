import { GatewayProblem } from '@mtls-gateway/client/page'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { ownPath } from '../../../server/oidc/own-path.ts'
import { exchangeCode, sessionEndQuery, sessionQuery, signInBy } from '../../api/session.ts'
import { actorName } from '../../format/actor-name.ts'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'
import { SessionEndedNotice } from '../../layout/session-ended.tsx'
import { WaysIn } from '../../layout/ways-in.tsx'
import { text, useFilters } from '../../routing/filters.ts'
import { Failure } from '../../ui/failure.tsx'
import { Loading } from '../../ui/loading.tsx'
import { useCodeOfUrl, useMeaning } from './code-of-url.ts'
import { ConfirmSignIn } from './confirm-sign-in.tsx'
import { SignInProblem } from './sign-in-problem.tsx'

/** `problem`: why signing in at the identity provider has failed. */
const readers = { to: text, problem: text }

/** A longer name is among the facts alone. */
const longestOnButton = 40

/** By the identity provider, or by the link that `mtls console` prints: its code is in the fragment. */
export function SignInPage() {
  const { to, problem } = useFilters(readers).filters
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const code = useCodeOfUrl()
  const link = useMeaning(code, exchangeCode)
  const signIn = useMutation({
    mutationFn: (confirmation: string) => signInBy('confirmation', confirmation),
    onSuccess: async () => {
      await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })
      navigate(placeOf(to), { replace: true })
    },
  })
  // Another link may have been opened here since.
  const failure = signIn.variables === link.data?.confirmation ? signIn.error : null
  if (code !== undefined && (link.isPending || link.isIdle)) return <Loading label="Asking whom the link signs in" />
  if (link.data && !isVoid(failure)) {
    const { confirmation, subject, ...told } = link.data
    const name = actorName(subject)
    return (
      <BarePage>
        <PageHeader title="Sign in by this link?">
          Continue only if you have just printed this link yourself: keys that you upload afterwards go to the account
          below.
        </PageHeader>
        {failure && <Failure error={failure} />}
        <ConfirmSignIn
          by="link"
          {...told}
          subject={subject}
          action={name.length <= longestOnButton ? `Continue as ${name}` : 'Continue'}
          isPending={signIn.isPending || signIn.isSuccess}
          onConfirm={() => signIn.mutate(confirmation)}
          onStay={() => navigate(placeOf(to), { replace: true })}
        />
      </BarePage>
    )
  }
  const retry = code !== undefined && !isVoid(link.error) ? () => link.mutate(code) : undefined
  return <HowToSignIn place={placeOf(to)} problem={problem} error={failure ?? link.error} onRetry={retry} />
}

interface HowToSignInProps {
  /** Where to go on afterwards. */
  readonly place: string
  readonly problem: string | undefined
  readonly error: Error | null
  readonly onRetry: (() => void) | undefined
}

function HowToSignIn({ place, problem, error, onRetry }: HowToSignInProps) {
  // It tells of a session that has ended.
  useQuery(sessionQuery)
  const { data: end } = useQuery(sessionEndQuery)
  return (
    <BarePage>
      <PageHeader title="Sign in" />
      {error && <Failure error={error} onRetry={onRetry} />}
      {problem !== undefined && <SignInProblem code={problem} />}
      {end && error === null && problem === undefined && <SessionEndedNotice end={end} />}
      <WaysIn place={place} via={end?.session?.via} />
    </BarePage>
  )
}

/** A path of this console: a link must not lead anywhere else, nor here again. */
function placeOf(to: string | undefined): string {
  const path = ownPath(to)
  return path.startsWith('/sign-in') ? '/' : path
}

/** Trying again would not help. */
function isVoid(error: Error | null): boolean {
  return error instanceof GatewayProblem && error.code === 'SIGN_IN_CODE_INVALID'
}
