import styles from './tone.module.css'

/** How good or bad something is. It is always said in words as well. */
export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'accent'

/** Ground and colour of a tone. */
export function toneClass(tone: Tone): string {
  return styles[tone] ?? ''
}
