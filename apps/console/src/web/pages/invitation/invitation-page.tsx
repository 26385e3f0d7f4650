import { GatewayProblem } from '@mtls-gateway/client/page'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { sessionQuery, signInBy } from '../../api/session.ts'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'
import { Button } from '../../ui/button.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useCodeOfUrl } from '../sign-in/code-of-url.ts'

/**
 * Accepting makes the link void, so it takes a press of a button: a preview of the link in a mail does not use it up.
 */
export function InvitationPage() {
  const code = useCodeOfUrl()
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const { data: session } = useQuery(sessionQuery)
  const {
    mutate,
    isPending,
    error: failure,
    variables,
  } = useMutation({
    mutationFn: (given: string) => signInBy('invitation', given),
    onSuccess: async () => {
      await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })
      navigate('/', { replace: true })
    },
  })
  // Another link may have been opened here since.
  const error = variables === code ? failure : null
  return (
    <BarePage>
      <PageHeader title={isVoid(error) ? 'This link does not work' : 'You are invited'}>
        {isVoid(error)
          ? undefined
          : 'To look after client certificates here. The link works once: accept it in the browser that you will work with.'}
      </PageHeader>
      {code === undefined && (
        <Notice tone="warn" title="The link has no code in it">
          Open it again from the message that you got, or ask for a new one.
        </Notice>
      )}
      {session && !isVoid(error) && (
        <Notice tone="warn" title={`You are signed in as ${session.label ?? session.subject}`}>
          Accepting ends that session here: what you do next is done under the invitation, in the account of whoever
          sent it.
        </Notice>
      )}
      {error && <Failure error={error} />}
      {!isVoid(error) && (
        <Button
          look="primary"
          isPending={isPending}
          disabledReason={code === undefined ? 'The link has no code in it.' : undefined}
          onClick={() => code !== undefined && mutate(code)}
        >
          Accept the invitation
        </Button>
      )}
    </BarePage>
  )
}

/** Trying again would not help. */
function isVoid(error: Error | null): boolean {
  return error instanceof GatewayProblem && /^INVITATION_(VOID|UNKNOWN)$/.test(error.code)
}
