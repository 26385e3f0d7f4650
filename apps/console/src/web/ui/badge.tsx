import type { ReactNode } from 'react'
import styles from './badge.module.css'
import { type Tone, toneClass } from './tone.ts'

/** A state as a word; the colour only repeats it. */
export function Badge({ tone = 'quiet', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`${styles.badge} ${toneClass(tone)}`}>{children}</span>
}

export function Badges({ children }: { readonly children: ReactNode }) {
  return <span className={styles.badges}>{children}</span>
}
