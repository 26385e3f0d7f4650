import { Breakable } from './long-text.tsx'
import styles from './whole-words.module.css'

export interface WholeWordsProps {
  readonly text: string
  /** Which words; all of them unless given. */
  readonly isWhole?: (word: string) => boolean
}

/** A text whose words stay whole where a line has room for them: a line could end behind a hyphen. */
export function WholeWords({ text, isWhole = () => true }: WholeWordsProps) {
  return text.split(/(\s+)/).map((part, index) => {
    if (index % 2 === 1 || !isWhole(part)) return part
    const isUrl = part.includes('://')
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the same word may come twice
      <span key={index} className={isUrl ? styles.word : `${styles.word} ${styles.unbroken}`}>
        {isUrl ? <Breakable text={part} /> : part}
      </span>
    )
  })
}
