import { type ReactNode, useId } from 'react'
import { Badge } from '../../ui/badge.tsx'
import type { Tone } from '../../ui/tone.ts'
import styles from './step.module.css'

/** `failed`: it has to be done again. */
export type StepState = 'done' | 'now' | 'failed' | 'later'

const words: Readonly<Record<StepState, readonly [word: string, tone: Tone]>> = {
  done: ['Done', 'good'],
  now: ['Next', 'accent'],
  failed: ['Failed', 'bad'],
  later: ['Later', 'quiet'],
}

export interface StepProps {
  readonly number: number
  readonly title: string
  readonly state: StepState
  readonly children: ReactNode
}

/** One step of a way, with its number and how far it is. */
export function Step({ number, title, state, children }: StepProps) {
  const id = useId()
  return (
    <li
      className={`${styles.step} ${styles[state]}`}
      aria-labelledby={id}
      aria-current={state === 'now' || state === 'failed' ? 'step' : undefined}
    >
      <span className={styles.number} aria-hidden="true">
        {state === 'done' ? '✓' : state === 'failed' ? '✕' : number}
      </span>
      <div className={styles.content}>
        <h2 id={id}>
          {title} <Badge tone={words[state][1]}>{words[state][0]}</Badge>
        </h2>
        {children}
      </div>
    </li>
  )
}
