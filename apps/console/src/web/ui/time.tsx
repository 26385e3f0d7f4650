import { relativeTime } from '../format/relative-time.ts'
import styles from './time.module.css'
import { useNow } from './use-now.ts'

/** A time as people say it, with the exact one, in UTC and here, on hover. */
export function Time({ at }: { readonly at: string }) {
  const now = useNow()
  const date = new Date(at)
  return (
    <time
      className={styles.time}
      dateTime={at}
      title={`${date.toISOString().slice(0, 19).replace('T', ' ')} UTC\n${date.toLocaleString()} here`}
    >
      {relativeTime(date.getTime(), now)}
    </time>
  )
}
