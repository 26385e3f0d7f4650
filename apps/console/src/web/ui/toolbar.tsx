import type { ReactNode } from 'react'
import styles from './toolbar.module.css'

/** What narrows a list: search and filters, in one line where there is room. */
export function Toolbar({ children }: { readonly children: ReactNode }) {
  return (
    <search className={styles.toolbar} aria-label="Filters">
      {children}
    </search>
  )
}
