import styles from './action-code.module.css'

/** `certificates.use-key-to-try`: a line ends behind the dot, and at no hyphen. */
export function ActionCode({ action }: { readonly action: string }) {
  const dot = action.indexOf('.') + 1
  return (
    <code>
      <span className={styles.part}>{action.slice(0, dot)}</span>
      <wbr />
      <span className={styles.part}>{action.slice(dot)}</span>
    </code>
  )
}
