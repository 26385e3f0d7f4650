import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import type { Session } from '../api/session.ts'
import { useAccountId } from '../routing/account-id.ts'
import { paths } from '../routing/paths.ts'
import { LateNotice } from '../ui/late-notice.tsx'
import { Toasts } from '../ui/toasts.tsx'
import { AccountMenu } from './account-menu.tsx'
import { Find } from './find.tsx'
import { Navigation } from './navigation.tsx'
import styles from './shell.module.css'

/** Around every page of an account: where one is, where one can go, who one is. */
export function Shell({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  const accountId = useAccountId()
  const [isOpen, setOpen] = useState(false)
  return (
    <div className={styles.shell}>
      <a href="#page" className={styles.skip}>
        Skip to the page
      </a>
      <header className={styles.top}>
        <button
          type="button"
          className={styles.menu}
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        >
          Menu
        </button>
        <Link to={paths.overview(accountId)} className={styles.brand}>
          mTLS gateway
        </Link>
        <span className={styles.account}>{accountId}</span>
        <Find />
        <AccountMenu session={session} />
      </header>
      <div id="navigation" className={`${styles.side} ${isOpen ? styles.open : ''}`}>
        <Navigation onGo={() => setOpen(false)} />
      </div>
      <main id="page" className={styles.page} tabIndex={-1}>
        <LateNotice />
        {children}
      </main>
      <Toasts />
    </div>
  )
}
