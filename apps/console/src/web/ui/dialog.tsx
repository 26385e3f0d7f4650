import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Button } from './button.tsx'
import styles from './dialog.module.css'

export interface DialogProps {
  readonly title: string
  /** `side`: a panel at the edge, beside the page that it belongs to. */
  readonly place?: 'middle' | 'side'
  /** Undefined: it stays until whoever shows it takes it away, and nothing of the page is to be seen meanwhile. */
  readonly onClose?: () => void
  readonly children: ReactNode
}

/** The browser's own dialog, which holds the focus, closes by Escape, and gives the focus back. */
export function Dialog({ title, place = 'middle', onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    const opener = document.activeElement
    dialog?.showModal()
    // Not the button that closes it, which comes first.
    heading.current?.focus()
    return () => {
      dialog?.close()
      // What has opened it may be gone by what was done in it.
      const next = opener instanceof HTMLElement && opener.isConnected ? opener : document.querySelector('h1')
      next?.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      className={`${styles.dialog} ${styles[place]} ${onClose === undefined ? styles.cover : ''}`}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
      // A browser closes it all the same when Escape is pressed twice.
      onClose={() => {
        if (onClose === undefined) ref.current?.showModal()
      }}
    >
      <header className={styles.head}>
        <h2 id={titleId} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {onClose && (
          <Button look="quiet" aria-label="Close" onClick={onClose}>
            ✕
          </Button>
        )}
      </header>
      <div className={styles.body}>{children}</div>
    </dialog>
  )
}
