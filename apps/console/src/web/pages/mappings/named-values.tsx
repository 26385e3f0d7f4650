import { type ReactNode, useEffect, useRef } from 'react'
import { useMissingScope } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import styles from './named-values.module.css'
import type { NamedValue } from './target-auth-draft.ts'

export interface NamedValuesProps {
  readonly title: string
  readonly nameLabel: string
  readonly rows: readonly NamedValue[]
  readonly most: number
  readonly isSecret?: boolean
  readonly faultOf?: (index: number, part: keyof NamedValue) => string | undefined
  readonly hintOf?: (row: NamedValue, index: number) => ReactNode
  /** Why the last one can't be removed; undefined: it can. */
  readonly whyNotEmpty?: string
  readonly onChange: (rows: readonly NamedValue[]) => void
}

/** Names with their values, one below the other. */
export function NamedValues({
  title,
  nameLabel,
  rows,
  most,
  isSecret = false,
  faultOf,
  hintOf,
  whyNotEmpty,
  onChange,
}: NamedValuesProps) {
  const missingScope = useMissingScope('mtls:write')
  const place = useRef<HTMLFieldSetElement>(null)
  const isAdding = useRef(false)
  useEffect(() => {
    if (!isAdding.current) return
    isAdding.current = false
    place.current?.querySelector<HTMLElement>('li:last-of-type input')?.focus()
  })
  const change = (index: number, changed: Partial<NamedValue>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...changed } : row)))
  const remove = (index: number) => {
    onChange(rows.filter((_, at) => at !== index))
    // The button that was pressed is gone: the keyboard goes on from here.
    place.current?.focus({ preventScroll: true })
  }
  return (
    <fieldset ref={place} tabIndex={-1} className={styles.values}>
      <legend>{title}</legend>
      {rows.length > 0 && (
        <ul>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names are typed, and may be the same for a while
            <li key={index}>
              <TextField
                label={nameLabel}
                value={row.name}
                error={faultOf?.(index, 'name')}
                onChange={(event) => change(index, { name: event.target.value })}
              />
              <TextField
                type={isSecret ? 'password' : 'text'}
                label="Value"
                value={row.value}
                error={faultOf?.(index, 'value')}
                hint={hintOf?.(row, index)}
                onChange={(event) => change(index, { value: event.target.value })}
              />
              <Button
                look="quiet"
                aria-label={`Remove ${row.name || `the ${nameLabel.toLowerCase()}`}`}
                disabledReason={missingScope ?? (rows.length === 1 ? whyNotEmpty : undefined)}
                onClick={() => remove(index)}
              >
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Button
        disabledReason={missingScope ?? (rows.length < most ? undefined : `There are at most ${most}.`)}
        onClick={() => {
          isAdding.current = true
          onChange([...rows, { name: '', value: '' }])
        }}
      >
        Add a {nameLabel.toLowerCase()}
      </Button>
    </fieldset>
  )
}
