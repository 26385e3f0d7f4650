import { useId } from 'react'
import styles from './check-fields.module.css'
import { CheckField } from './field.tsx'

export interface CheckFieldsProps<Value extends string> {
  readonly legend: string
  readonly hint?: string | undefined
  readonly of: readonly { readonly value: Value; readonly hint?: string }[]
  /** In the order in which they were chosen. */
  readonly chosen: readonly Value[]
  readonly onChange: (chosen: readonly Value[]) => void
}

/** Several of a few words. */
export function CheckFields<Value extends string>({ legend, hint, of, chosen, onChange }: CheckFieldsProps<Value>) {
  const hintId = useId()
  return (
    <fieldset className={styles.fields} aria-describedby={hint === undefined ? undefined : hintId}>
      <legend>{legend}</legend>
      {hint !== undefined && (
        <p id={hintId} className={styles.hint}>
          {hint}
        </p>
      )}
      {of.map(({ value, hint: meaning }) => (
        <CheckField
          key={value}
          label={value}
          hint={meaning}
          checked={chosen.includes(value)}
          onChange={(event) =>
            onChange(event.target.checked ? [...chosen, value] : chosen.filter((other) => other !== value))
          }
        />
      ))}
    </fieldset>
  )
}
