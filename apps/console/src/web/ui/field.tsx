import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes } from 'react'
import { useId } from 'react'
import styles from './field.module.css'

interface FieldProps {
  readonly label: string
  /** What belongs in it. */
  readonly hint?: ReactNode
  /** What is wrong with it, and what to do. */
  readonly error?: string | undefined
}

interface Ids {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
}

/** A label, its control, a hint and what is wrong. */
export function Field({ label, hint, error, children }: FieldProps & { readonly children: (ids: Ids) => ReactNode }) {
  const id = useId()
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean)
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': described.length === 0 ? undefined : described.join(' '),
        'aria-invalid': error !== undefined,
      })}
      {error !== undefined && (
        <p id={`${id}-error`} className={styles.error}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  )
}

type Own<Attributes> = FieldProps & Omit<Attributes, 'id' | 'className'>

export function TextField({ label, hint, error, ...input }: Own<InputHTMLAttributes<HTMLInputElement>>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <input type="text" autoComplete="off" {...input} {...ids} className={styles.input} />}
    </Field>
  )
}

export function TextArea({ label, hint, error, ...input }: Own<TextareaHTMLAttributes<HTMLTextAreaElement>>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <textarea rows={6} spellCheck={false} {...input} {...ids} className={styles.input} />}
    </Field>
  )
}

export function SelectField({ label, hint, error, children, ...select }: Own<SelectHTMLAttributes<HTMLSelectElement>>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <select {...select} {...ids} className={styles.input}>
          {children}
        </select>
      )}
    </Field>
  )
}

/** A box to tick, with its label behind it. */
export function CheckField({ label, hint, error: _, ...input }: Own<InputHTMLAttributes<HTMLInputElement>>) {
  const id = useId()
  return (
    <div className={styles.check}>
      <input type="checkbox" {...input} id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} />
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  )
}
