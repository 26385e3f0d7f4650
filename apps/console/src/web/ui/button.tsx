import { type ButtonHTMLAttributes, type MouseEvent, type ReactNode, useId } from 'react'
import styles from './button.module.css'

export type ButtonLook = 'primary' | 'plain' | 'danger' | 'quiet'

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled' | 'className'> {
  readonly look?: ButtonLook
  /** Why it can't be pressed now: shown beside it on hover and focus, and read out. */
  readonly disabledReason?: string | undefined
  /** What it does is under way. */
  readonly isPending?: boolean
  readonly children: ReactNode
}

/** A button that can't be pressed stays in place and says why. */
export function Button({ look = 'plain', disabledReason, isPending = false, children, onClick, ...rest }: ButtonProps) {
  const reasonId = useId()
  const isOff = disabledReason !== undefined || isPending
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (isOff) event.preventDefault()
    else onClick?.(event)
  }
  return (
    <span className={styles.place}>
      <button
        type="button"
        {...rest}
        className={`${styles.button} ${styles[look]}`}
        // Not `disabled`: what has no focus can't say why.
        aria-disabled={isOff}
        aria-busy={isPending}
        aria-describedby={disabledReason === undefined ? rest['aria-describedby'] : reasonId}
        onClick={press}
      >
        {isPending && <span className={styles.spinner} aria-hidden="true" />}
        {children}
      </button>
      {disabledReason !== undefined && (
        <span role="tooltip" id={reasonId} className={styles.reason}>
          {disabledReason}
        </span>
      )}
    </span>
  )
}

/** The look of a button for a link. */
export function buttonClass(look: ButtonLook = 'plain'): string {
  return `${styles.button} ${styles[look]}`
}
