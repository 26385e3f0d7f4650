import { type ReactNode, useLayoutEffect, useRef } from 'react'
import styles from './fold.module.css'

export interface FoldProps {
  readonly title: string
  /** When to fill in what is in it. */
  readonly note?: ReactNode
  /** Something in it is set or suggested. */
  readonly isNeeded: boolean
  /** Beside fields that matter more. */
  readonly isQuiet?: boolean
  readonly children: ReactNode
}

/** Fields that most people leave alone. It opens where it is needed, and never closes while somebody types in it. */
export function Fold({ title, note, isNeeded, isQuiet = false, children }: FoldProps) {
  const fold = useRef<HTMLDetailsElement>(null)
  useLayoutEffect(() => {
    if (isNeeded && fold.current !== null) fold.current.open = true
  }, [isNeeded])
  return (
    <details ref={fold} className={`${styles.fold} ${isQuiet ? styles.quiet : ''}`}>
      <summary>{title}</summary>
      {note !== undefined && <p className={styles.note}>{note}</p>}
      {children}
    </details>
  )
}
