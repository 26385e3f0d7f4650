import { useRef } from 'react'
import { Link } from 'wouter'
import type { Session } from '../api/session.ts'
import { actorName } from '../format/actor-name.ts'
import { useAccountId } from '../routing/account-id.ts'
import { paths } from '../routing/paths.ts'
import { buttonClass } from '../ui/button.tsx'
import { Facts } from '../ui/facts.tsx'
import { Time } from '../ui/time.tsx'
import styles from './account-menu.module.css'
import { SignOut } from './sign-out.tsx'
import { ThemeChoice } from './theme-choice.tsx'

const ways = { oidc: 'Single sign-on', link: 'Link from mtls console', invitation: 'Invitation' }

/** Who is signed in, until when and with which scopes; the theme; the way out. */
export function AccountMenu({ session }: { readonly session: Session }) {
  const details = useRef<HTMLDetailsElement>(null)
  const accountId = useAccountId()
  const hasOthers = session.accounts === '*' || session.accounts.some((id) => id !== accountId)
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
            'Signed in by': ways[session.via],
            Scopes: session.scopes.join(' '),
            'Session ends': session.expiresAt === null ? undefined : <Time at={session.expiresAt} />,
            Account: accountId,
          }}
        />
        <ThemeChoice />
        <div className={styles.actions}>
          {hasOthers && (
            <Link to={paths.accounts()} className={buttonClass()}>
              Other accounts
            </Link>
          )}
          <SignOut />
        </div>
      </div>
    </details>
  )
}
