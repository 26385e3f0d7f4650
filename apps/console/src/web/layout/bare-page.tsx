import type { ReactNode } from 'react'
import styles from './bare-page.module.css'

/** A page without an account: signing in, choosing one, what went wrong before there was one. `isWide`: one to read. */
export function BarePage({ isWide = false, children }: { readonly isWide?: boolean; readonly children: ReactNode }) {
  return (
    <main className={styles.page}>
      <div className={isWide ? styles.wide : styles.box}>
        <p className={styles.brand}>mTLS gateway</p>
        {children}
      </div>
    </main>
  )
}
