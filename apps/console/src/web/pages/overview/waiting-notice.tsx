import { Link } from 'wouter'
import { LongText } from '../../ui/long-text.tsx'
import { Notice } from '../../ui/notice.tsx'
import styles from './waiting-notice.module.css'

/** Names of one kind that are shown; their own pages say the rest. */
const firstNames = 8

export interface WaitingThing {
  readonly name: string
  /** The path of its page. */
  readonly to: string
}

/** What waits for the same. */
export function WaitingNotice({ title, things }: { readonly title: string; readonly things: readonly WaitingThing[] }) {
  return (
    <Notice tone="warn" title={`${title}:`}>
      <ul className={styles.names}>
        {things.slice(0, firstNames).map(({ name, to }) => (
          <li key={to}>
            <Link to={to}>
              <LongText text={name} />
            </Link>
          </li>
        ))}
        {things.length > firstNames && <li>and {things.length - firstNames} more</li>}
      </ul>
    </Notice>
  )
}
