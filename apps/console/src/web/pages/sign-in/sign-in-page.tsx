import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { failureOf } from '../../api/queries.ts'
import { configQuery, sessionQuery, signInBy } from '../../api/session.ts'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'
import { text, useFilters } from '../../routing/filters.ts'
import { Answered } from '../../ui/answered.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Loading } from '../../ui/loading.tsx'
import { useCodeOfUrl } from './code-of-url.ts'
import { OtherSession } from './other-session.tsx'
import { SignInProblem } from './sign-in-problem.tsx'

/** `problem`: why signing in at the identity provider has failed. */
const readers = { to: text, problem: text }

/** By the identity provider, or by the link that `mtls console` prints: its code is in the fragment. */
export function SignInPage() {
  const { to, problem } = useFilters(readers).filters
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const config = useQuery(configQuery)
  const code = useCodeOfUrl()
  const asked = useQuery({ ...sessionQuery, enabled: code !== undefined })
  const { data: session, isPending: isAsking } = asked
  const failure = failureOf(asked)
  // Once it is used, the session is another one.
  const [used, setUsed] = useState<string>()
  const { mutate, isPending, error } = useMutation({
    mutationFn: (given: string) => signInBy('code', given),
    onSuccess: async () => {
      await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })
      navigate(placeOf(to), { replace: true })
    },
  })
  const use = useCallback(
    (given: string) => {
      setUsed(given)
      mutate(given)
    },
    [mutate],
  )
  const isUnused = code !== undefined && code !== used
  useEffect(() => {
    if (isUnused && !isAsking && !session) use(code)
  }, [code, isUnused, isAsking, session, use])
  if (isPending || (isUnused && isAsking && failure === null)) return <Loading label="Signing in" />
  if (isUnused && session) {
    const stay = () => navigate(placeOf(to), { replace: true })
    return <OtherSession session={session} onUse={() => use(code)} onStay={stay} />
  }
  return (
    <BarePage>
      <PageHeader title="Sign in" />
      {error && <Failure error={error} />}
      {isUnused && failure && <Failure error={failure} />}
      {problem !== undefined && <SignInProblem code={problem} />}
      <Answered query={config} label="Asking how to sign in">
        {config.data?.oidc === true ? (
          <>
            <a
              className={buttonClass('primary')}
              href={`/console/oidc/start?${new URLSearchParams({ to: placeOf(to) })}`}
            >
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

/** A path of this console: a link must not lead anywhere else. */
function placeOf(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in') ? to : '/'
}
