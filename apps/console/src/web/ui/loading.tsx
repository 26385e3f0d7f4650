import styles from './loading.module.css'

/** Grey lines in the place of what comes; they show after a moment, as most answers come before. */
export function Loading({ label, lines = 4 }: { readonly label: string; readonly lines?: number }) {
  return (
    <div role="status" aria-label={label} className={styles.loading}>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <span key={index} />
      ))}
    </div>
  )
}
