import styles from './code.module.css'
import { Copy } from './copy.tsx'

/** Lines to copy: commands, PEM, a fingerprint. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className={styles.code}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label} className={styles.text}>
        <pre>
          <code>{text}</code>
        </pre>
      </section>
      <Copy text={text} label={`Copy ${label}`} />
    </div>
  )
}
