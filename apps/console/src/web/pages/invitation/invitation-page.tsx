import { GatewayProblem } from '@mtls-gateway/client/page'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { describeInvitation, sessionQuery, signInBy } from '../../api/session.ts'
import { actorName } from '../../format/actor-name.ts'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useCodeOfUrl, useMeaning } from '../sign-in/code-of-url.ts'
import { ConfirmSignIn } from '../sign-in/confirm-sign-in.tsx'

/**
 * Accepting makes the link void, so it takes a press of a button: a preview of the link in a mail does not use it up.
 */
export function InvitationPage() {
  const code = useCodeOfUrl()
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const invitation = useMeaning(code, describeInvitation)
  const accepting = useMutation({
    mutationFn: (given: string) => signInBy('invitation', given),
    onSuccess: async () => {
      await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })
      navigate('/', { replace: true })
    },
  })
  // Another link may have been opened here since.
  const failure = (accepting.variables === code ? accepting.error : null) ?? invitation.error
  if (code === undefined) {
    return (
      <BarePage>
        <PageHeader title="You are invited" />
        <Notice tone="warn" title="The link has no code in it">
          Open it again from the message that you got, or ask for a new one.
        </Notice>
      </BarePage>
    )
  }
  if (invitation.isPending || invitation.isIdle) return <Loading label="Asking what the invitation is for" />
  if (isVoid(failure)) {
    return (
      <BarePage>
        <PageHeader title="This link does not work" />
        <Failure error={failure} />
      </BarePage>
    )
  }
  const retry = invitation.error ? () => invitation.mutate(code) : undefined
  return (
    <BarePage>
      <PageHeader title="You are invited">
        To look after client certificates in the account below. Accept only if you know who invites you: keys that you
        upload afterwards go to that account. The link works once, so use the browser that you will work with.
      </PageHeader>
      {failure && <Failure error={failure} onRetry={retry} />}
      {invitation.data && (
        <ConfirmSignIn
          by="invitation"
          subject={invitation.data.label}
          invitedBy={invitation.data.invitedBy && actorName(invitation.data.invitedBy)}
          accounts={[invitation.data.accountId]}
          scopes={invitation.data.scopes}
          expiresAt={invitation.data.expiresAt}
          action="Accept the invitation"
          isPending={accepting.isPending || accepting.isSuccess}
          onConfirm={() => accepting.mutate(code)}
          onStay={() => navigate('/', { replace: true })}
        />
      )}
    </BarePage>
  )
}

/** Trying again would not help. */
function isVoid(error: Error | null): error is GatewayProblem {
  return error instanceof GatewayProblem && /^INVITATION_(VOID|UNKNOWN)$/.test(error.code)
}
