import styles from './key-text.module.css'

/** An id or a fingerprint, which has no words to break behind. */
export function KeyText({ text }: { readonly text: string }) {
  return <code className={styles.key}>{text}</code>
}
