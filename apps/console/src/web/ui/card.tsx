import { type ReactNode, useId } from 'react'
import styles from './card.module.css'

/** A part of a page with a heading of its own. */
export function Card({
  title,
  action,
  tone = 'plain',
  children,
}: {
  readonly title: string
  readonly action?: ReactNode
  readonly tone?: 'plain' | 'danger'
  readonly children: ReactNode
}) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={`${styles.card} ${styles[tone]}`}>
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        {action}
      </header>
      {children}
    </section>
  )
}
