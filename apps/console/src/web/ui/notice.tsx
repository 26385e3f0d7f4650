import type { ReactNode } from 'react'
import styles from './notice.module.css'
import { type Tone, toneClass } from './tone.ts'

export interface NoticeProps {
  readonly tone: Exclude<Tone, 'quiet'>
  /** The severity as a word, or a short sentence. */
  readonly title: ReactNode
  readonly action?: ReactNode
  readonly children?: ReactNode
}

/** Something to know before going on. `bad` ones are read out at once. */
export function Notice({ tone, title, action, children }: NoticeProps) {
  return (
    <div role={tone === 'bad' ? 'alert' : 'status'} className={`${styles.notice} ${toneClass(tone)}`}>
      <div className={styles.text}>
        <strong>{title}</strong>
        {children !== undefined && <div>{children}</div>}
      </div>
      {action}
    </div>
  )
}
