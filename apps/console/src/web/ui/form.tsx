import type { FormEvent, ReactNode } from 'react'
import { Failure } from './failure.tsx'
import styles from './form.module.css'

/** Fields one below the other, what the gateway says against them, and the buttons. */
export function Form({
  onSubmit,
  error,
  actions,
  children,
}: {
  readonly onSubmit: () => void
  readonly error?: Error | null
  readonly actions: ReactNode
  readonly children: ReactNode
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form noValidate className={styles.form} onSubmit={submit}>
      {children}
      {error && <Failure error={error} />}
      <div className={styles.actions}>{actions}</div>
    </form>
  )
}
