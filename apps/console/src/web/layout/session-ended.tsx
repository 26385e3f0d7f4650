import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect } from 'react'
import { type Session, type SessionEnd, sessionQuery } from '../api/session.ts'
import { actorName } from '../format/actor-name.ts'
import { paths } from '../routing/paths.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Notice } from '../ui/notice.tsx'
import { Time } from '../ui/time.tsx'
import styles from './session-ended.module.css'
import { WaysIn } from './ways-in.tsx'

interface SessionEndedDialogProps {
  readonly end: SessionEnd
  /** Whose page it is. */
  readonly session: Session
}

/**
 * Over the page of a session that has ended, until its person has signed in again in another tab. The page is covered,
 * since somebody else may be here now; what was typed in it is kept.
 */
export function SessionEndedDialog({ end, session }: SessionEndedDialogProps) {
  const queries = useQueryClient()
  const { refetch, isFetching } = useQuery({ ...sessionQuery, enabled: false })
  useEffect(() => {
    const look = () => void refetch()
    addEventListener('focus', look)
    return () => removeEventListener('focus', look)
  }, [refetch])
  return (
    <Dialog title={titleOf(end)}>
      <p>{explanationOf(end)}</p>
      <p>
        This page waits, with what you have typed. Sign in again in another tab of this browser, as{' '}
        <strong>{session.label ?? actorName(session.subject)}</strong>, and go on here.
      </p>
      <WaysIn place={paths.signedIn()} isInNewTab via={end.session?.via} />
      <div className={styles.actions}>
        <Button isPending={isFetching} onClick={() => void refetch()}>
          I have signed in
        </Button>
        <Button look="quiet" onClick={() => queries.setQueryData(sessionQuery.queryKey, null)}>
          Leave the page
        </Button>
      </div>
    </Dialog>
  )
}

/** The same, where there is no page any more that waits. */
export function SessionEndedNotice({ end }: { readonly end: SessionEnd }) {
  return (
    <Notice tone="warn" title={titleOf(end)}>
      {explanationOf(end)}
    </Notice>
  )
}

function titleOf({ how, session }: SessionEnd): string {
  switch (how) {
    case 'expired':
      return 'Your session has expired'
    case 'gone':
      return 'You have been signed out'
    case 'unreadable':
      return 'The console can no longer open your session'
    case 'revoked':
      return session?.via === 'invitation' ? 'Your invitation was revoked' : 'Your session was ended'
  }
}

function explanationOf({ how, session }: SessionEnd): ReactNode {
  const { via, expiresAt } = session ?? {}
  if (how === 'expired') {
    if (expiresAt == null) return 'It lasts only as long as what you signed in with.'
    return (
      <>
        It expired <Time at={expiresAt} />, at {momentOf(expiresAt)}.
      </>
    )
  }
  const until = expiresAt == null ? '' : ` Your session would have lasted until ${momentOf(expiresAt)}.`
  if (how === 'gone') return `Somebody signed out in another tab of this browser, or deleted its cookies.${until}`
  if (how === 'unreadable') return `It was restarted with another key. Nobody has taken away your access.${until}`
  if (via === 'invitation') return `Ask whoever invited you why.${until}`
  const why =
    via === 'oidc'
      ? 'Your identity provider ended it, or the gateway no longer accepts your sign-in.'
      : 'The gateway no longer accepts what you signed in with.'
  return `${why}${until}`
}

function momentOf(time: string): string {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}
