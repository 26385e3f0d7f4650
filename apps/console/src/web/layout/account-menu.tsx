import { useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { type Session, sessionQuery, signOut } from '../api/session.ts'
import { actorName } from '../format/actor-name.ts'
import { useAccountId } from '../routing/account-id.ts'
import { paths } from '../routing/paths.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Facts } from '../ui/facts.tsx'
import { Time } from '../ui/time.tsx'
import styles from './account-menu.module.css'
import { ThemeChoice } from './theme-choice.tsx'

const ways = { oidc: 'Single sign-on', link: 'Link from mtls console', invitation: 'Invitation' }

/** Who is signed in, until when and with which scopes; the theme; the way out. */
export function AccountMenu({ session }: { readonly session: Session }) {
  const details = useRef<HTMLDetailsElement>(null)
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const accountId = useAccountId()
  const leave = async () => {
    const elsewhere = await signOut()
    queries.setQueryData(sessionQuery.queryKey, null)
    if (elsewhere === undefined) navigate(paths.signIn())
    else location.assign(elsewhere)
  }
  const isOneOfMany = session.accounts === '*' || session.accounts.length > 1
  return (
    <details
      ref={details}
      className={styles.menu}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || details.current === null) return
        details.current.open = false
        details.current.querySelector('summary')?.focus()
      }}
      onBlur={(event) => {
        if (event.relatedTarget !== null && !event.currentTarget.contains(event.relatedTarget)) {
          event.currentTarget.open = false
        }
      }}
    >
      <summary>{session.label ?? actorName(session.subject)}</summary>
      <div className={styles.panel}>
        <Facts
          facts={{
            'Signed in as': session.subject,
            By: ways[session.via],
            Scopes: session.scopes.join(' '),
            'Session ends': session.expiresAt === null ? undefined : <Time at={session.expiresAt} />,
            Account: accountId,
          }}
        />
        <ThemeChoice />
        <div className={styles.actions}>
          {isOneOfMany && (
            <Link to={paths.accounts()} className={buttonClass()}>
              Other accounts
            </Link>
          )}
          <Button onClick={() => void leave()}>Sign out</Button>
        </div>
      </div>
    </details>
  )
}
