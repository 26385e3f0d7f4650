import type { ReactNode } from 'react'
import styles from './bare-page.module.css'

/** A page without an account: signing in, choosing one, what went wrong before there was one. */
export function BarePage({ children }: { readonly children: ReactNode }) {
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <p className={styles.brand}>mTLS gateway</p>
        {children}
      </div>
    </main>
  )
}
