import { type FormEvent, type ReactNode, useEffect, useRef } from 'react'
import { Failure } from './failure.tsx'
import styles from './form.module.css'
import { Notice } from './notice.tsx'

export interface FormProps {
  readonly onSubmit: () => void
  readonly error?: Error | null
  /** The fields say what is wrong: the first of them gets the focus. */
  readonly isPlaced?: boolean
  /** Why the session may not send it: said before anybody has filled it in. */
  readonly missingScope?: string | undefined
  readonly actions: ReactNode
  readonly children: ReactNode
}

/** Fields one below the other, what the gateway says against them, and the buttons. */
export function Form({ onSubmit, error = null, isPlaced = false, missingScope, actions, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    const wrong = error === null ? null : form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
    if (!wrong) return
    const fold = wrong.closest('details')
    if (fold !== null) fold.open = true
    wrong.focus()
  }, [error])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form ref={form} noValidate className={styles.form} onSubmit={submit}>
      {missingScope !== undefined && <Notice tone="warn" title={missingScope} />}
      {children}
      {error !== null && !isPlaced && <Failure error={error} />}
      <div className={styles.actions}>{actions}</div>
    </form>
  )
}
