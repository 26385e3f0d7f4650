import type { Session } from '../../api/session.ts'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'
import { Button } from '../../ui/button.tsx'
import styles from './other-session.module.css'

export interface OtherSessionProps {
  /** That of now. */
  readonly session: Session
  readonly onUse: () => void
  readonly onStay: () => void
}

/**
 * A link must not take the place of a session unseen: keys that somebody uploads would go to whoever has sent the link.
 */
export function OtherSession({ session, onUse, onStay }: OtherSessionProps) {
  return (
    <BarePage>
      <PageHeader title="Sign in by this link?">
        You are signed in as {session.label ?? session.subject}. This link signs you in as whoever made it: use it only
        if you have just printed it yourself.
      </PageHeader>
      <div className={styles.choice}>
        <Button look="primary" onClick={onStay}>
          Stay signed in
        </Button>
        <Button onClick={onUse}>Use the link</Button>
      </div>
    </BarePage>
  )
}
