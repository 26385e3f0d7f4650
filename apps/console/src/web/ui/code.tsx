import styles from './code.module.css'
import { Copy } from './copy.tsx'
import { Breakable } from './long-text.tsx'

/** Lines to copy: commands, PEM, a fingerprint. Long ones go on below; what is copied has no such breaks. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className={styles.code}>
      <section aria-label={label} className={styles.text}>
        <pre>
          <code>{wordsOf(text.trimEnd())}</code>
        </pre>
      </section>
      <Copy text={text} label={`Copy ${label}`} />
    </div>
  )
}

/** Each stays whole where a line has room for it: an option begins with hyphens, behind which a line could end. */
function wordsOf(text: string) {
  return text.split(/(\s+)/).map((word, index) =>
    index % 2 === 1 ? (
      word
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the same word may come twice
      <span key={index} className={styles.word}>
        {word.includes('://') ? <Breakable text={word} /> : word}
      </span>
    ),
  )
}
