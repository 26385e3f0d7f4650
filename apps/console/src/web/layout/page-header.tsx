import { type ReactNode, useEffect, useRef } from 'react'
import { isForward } from '../routing/forward.ts'
import styles from './page-header.module.css'

export interface PageHeaderProps {
  readonly title: string
  /** Before the title: where this page hangs. */
  readonly above?: ReactNode
  /** Behind the title: a state. */
  readonly badge?: ReactNode
  /** What the page is for, in a sentence. */
  readonly children?: ReactNode
  /** None may move or go away when a list arrives: somebody may be pressing it. */
  readonly actions?: ReactNode
}

/** The heading of a page. It gets the focus when the page comes, so that it is read out, and names the tab. */
export function PageHeader({ title, above, badge, children, actions }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (isForward()) scrollTo(0, 0)
    // A menu that somebody has opened meanwhile would close.
    if (document.activeElement?.closest('details[open]') == null) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <header className={styles.header}>
      <title>{`${title} · mTLS gateway`}</title>
      {above !== undefined && <nav aria-label="Breadcrumb">{above}</nav>}
      <div className={styles.line}>
        <div className={styles.title}>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {badge}
        </div>
        {actions !== undefined && actions !== false && <div className={styles.actions}>{actions}</div>}
      </div>
      {children !== undefined && <p>{children}</p>}
    </header>
  )
}
