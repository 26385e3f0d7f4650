import styles from './long-text.module.css'

/** A url or name that may be a thousand letters long: three lines of it, and the whole on hover and to be copied. */
export function LongText({ text }: { readonly text: string }) {
  return (
    <span title={text} className={styles.text}>
      {text}
    </span>
  )
}
