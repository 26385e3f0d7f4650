import styles from './code.module.css'
import { Copy } from './copy.tsx'
import { WholeWords } from './whole-words.tsx'

/** Lines to copy: commands, PEM, a fingerprint. Long ones go on below; what is copied has no such breaks. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className={styles.code}>
      <section aria-label={label} className={styles.text}>
        <pre>
          <code>
            <WholeWords text={text.trimEnd()} />
          </code>
        </pre>
      </section>
      <Copy text={text} label={`Copy ${label}`} />
    </div>
  )
}
