import { useSyncExternalStore } from 'react'
import { Button } from './button.tsx'
import styles from './late-notice.module.css'
import { Notice } from './notice.tsx'

let isLate = false
const listeners = new Set<() => void>()

/** Whether forwarders could be told of the last change at once (`LP-change-notice`). */
export function noteChange(isDelayed: boolean): void {
  isLate = isDelayed
  for (const listener of listeners) listener()
}

/** Stays until somebody has read it, or forwarders were told of a later change: then they have all of them. */
export function LateNotice() {
  const isShown = useSyncExternalStore(subscribe, () => isLate)
  return (
    <div className={styles.place}>
      {isShown && (
        <Notice
          tone="warn"
          title="The change is made, but forwarders could not be told at once"
          action={
            <Button look="quiet" aria-label="Dismiss" onClick={() => noteChange(false)}>
              ✕
            </Button>
          }
        >
          They find out by themselves, some minutes later at most.
        </Notice>
      )}
    </div>
  )
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
