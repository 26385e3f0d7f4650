import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { failureOf } from '../../api/queries.ts'
import { type Session, sessionQuery } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import styles from './confirm-sign-in.module.css'

export interface ConfirmSignInProps {
  /** An invitation is for whoever its inviter has written: that may be somebody else's name. */
  readonly by: 'link' | 'invitation'
  /** Whom it signs in. */
  readonly subject: string
  /** Who invites, where an invitation does. */
  readonly invitedBy?: string | undefined
  readonly accounts: Session['accounts']
  readonly scopes: readonly string[]
  readonly expiresAt: string | null
  /** What the button says that signs in. */
  readonly action: string
  readonly isPending: boolean
  readonly onConfirm: () => void
  /** The session of now is to stay. */
  readonly onStay: () => void
}

/**
 * Whom a link signs in, and the button that does it. Anybody can lead a browser to a link of their own: keys that are
 * uploaded then would go to them. So no link signs in, or takes the place of a session, without the person.
 */
export function ConfirmSignIn({ by, subject, invitedBy, accounts, scopes, expiresAt, ...way }: ConfirmSignInProps) {
  const { action, isPending, onConfirm, onStay } = way
  const asked = useQuery(sessionQuery)
  const failure = failureOf(asked)
  const isSettled = useSettled()
  if (asked.isPending && failure === null) return <Loading label="Asking who is signed in" canAskAgain />
  const session = asked.data ?? undefined
  const isSame = by === 'link' && session?.subject === subject && haveSame(session.accounts, accounts)
  const confirm = (
    <Button
      look={session === undefined || isSame ? 'primary' : 'plain'}
      isPending={isPending}
      disabledReason={isSettled ? undefined : 'One moment: this page has only just appeared.'}
      onClick={onConfirm}
    >
      {action}
    </Button>
  )
  return (
    <>
      <Facts
        facts={{
          'Invited by': invitedBy,
          [by === 'link' ? 'Signs you in as' : 'Invitation for']: subject,
          [accounts === '*' || accounts.length === 1 ? 'Account' : 'Accounts']: accountsOf(accounts),
          'You can': rightsOf(scopes),
          Scopes: scopes.join(' '),
          'Access expires': expiresAt === null ? undefined : <Time at={expiresAt} />,
        }}
      />
      {failure && <Failure error={failure} />}
      {session && (
        <Notice tone="warn" title={`You are signed in as ${session.label ?? session.subject}`}>
          {isSame
            ? 'Continuing replaces that session.'
            : `Continuing ends that session here: what you do next is done as ${subject}.`}
        </Notice>
      )}
      <div className={styles.choice}>
        {session && !isSame && (
          <Button look="primary" onClick={onStay}>
            Stay signed in
          </Button>
        )}
        {confirm}
        {isSame && <Button onClick={onStay}>Stay signed in</Button>}
      </div>
    </>
  )
}

const rights: readonly (readonly [scope: string, words: string])[] = [
  ['mtls:read', 'see certificates, mappings and recent calls'],
  ['mtls:write', 'add and change certificates and mappings'],
  ['mtls:admin', 'manage app keys, invitations and settings, and read the audit'],
]

/** Undefined where none of the scopes is for people. */
function rightsOf(scopes: readonly string[]): string | undefined {
  const words = rights.filter(([scope]) => scopes.includes(scope)).map(([, word]) => word)
  return words.length === 0 ? undefined : words.join('; ')
}

function haveSame(some: Session['accounts'], others: Session['accounts']): boolean {
  if (some === '*' || others === '*') return some === others
  return some.length === others.length && some.every((account) => others.includes(account))
}

const mostNamed = 20

function accountsOf(accounts: Session['accounts']): string {
  if (accounts === '*') return 'every account'
  if (accounts.length === 0) return 'none'
  const shown = accounts.slice(0, mostNamed).join(', ')
  return accounts.length > mostNamed ? `${shown} and ${accounts.length - mostNamed} more` : shown
}

/** Longer than between the two clicks of a double click. */
const settleMs = 500

/**
 * False while the page has only just come to the front. Another site could have somebody double-click in a window that
 * closes with the first click: the second one would press a button here. Browsers delay their own questions, too.
 */
function useSettled(): boolean {
  const [isSettled, setSettled] = useState(false)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const waitAnew = () => {
      setSettled(false)
      clearTimeout(timer)
      timer = setTimeout(() => {
        timer = undefined
        setSettled(true)
      }, settleMs)
    }
    // Somebody who clicks on and on did not mean this page.
    const waitLonger = () => timer !== undefined && waitAnew()
    waitAnew()
    addEventListener('focus', waitAnew)
    addEventListener('pointerdown', waitLonger)
    document.addEventListener('visibilitychange', waitAnew)
    return () => {
      clearTimeout(timer)
      removeEventListener('focus', waitAnew)
      removeEventListener('pointerdown', waitLonger)
      document.removeEventListener('visibilitychange', waitAnew)
    }
  }, [])
  return isSettled
}
