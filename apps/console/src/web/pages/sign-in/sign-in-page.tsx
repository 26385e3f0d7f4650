import { GatewayProblem } from '@mtls-gateway/client/page'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { ownPath } from '../../../server/oidc/own-path.ts'
import { configQuery, exchangeCode, sessionQuery, signInBy } from '../../api/session.ts'
import { actorName } from '../../format/actor-name.ts'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'
import { text, useFilters } from '../../routing/filters.ts'
import { Answered } from '../../ui/answered.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
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
  return <WaysIn place={placeOf(to)} problem={problem} error={failure ?? link.error} onRetry={retry} />
}

interface WaysInProps {
  /** Where to go on afterwards. */
  readonly place: string
  readonly problem: string | undefined
  readonly error: Error | null
  readonly onRetry: (() => void) | undefined
}

function WaysIn({ place, problem, error, onRetry }: WaysInProps) {
  const config = useQuery(configQuery)
  return (
    <BarePage>
      <PageHeader title="Sign in" />
      {error && <Failure error={error} onRetry={onRetry} />}
      {problem !== undefined && <SignInProblem code={problem} />}
      <Answered query={config} label="Asking how to sign in">
        {config.data?.oidc === true ? (
          <>
            <a className={buttonClass('primary')} href={`/console/oidc/start?${new URLSearchParams({ to: place })}`}>
              Continue with SSO
            </a>
            <p>Or, where you are logged in on the command line, let it print a link:</p>
          </>
        ) : (
          <p>
            Log in with <code>mtls login</code> on the gateway’s command line, then let it print a link that signs you
            in:
          </p>
        )}
        <Code text="mtls console" label="the command" />
        <p>The link works once, for a minute. If you were invited, open the link of your invitation.</p>
        <p>None of these works? Ask the administrator of your account to invite you.</p>
      </Answered>
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
