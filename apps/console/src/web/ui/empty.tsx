import type { ReactNode } from 'react'
import styles from './empty.module.css'

/** Nothing is there yet: what this is for, one sentence, one action. */
export function Empty({
  title,
  action,
  children,
}: {
  readonly title: string
  readonly action?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  )
}
