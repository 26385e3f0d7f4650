import { useId } from 'react'
import type { Scope } from '../api/session.ts'
import { CheckField } from './field.tsx'
import styles from './scope-fields.module.css'

const meanings: Readonly<Record<Scope, string>> = {
  forward: 'Makes calls through the gateway.',
  'mtls:read': 'Reads certificates, mappings and recent calls. Alone: read-only access.',
  'mtls:write': 'Adds and changes certificates and mappings.',
  'mtls:admin': 'Manages app keys, invitations and settings, and reads the audit.',
}

export interface ScopeFieldsProps {
  readonly of: readonly Scope[]
  readonly chosen: readonly Scope[]
  readonly onChange: (chosen: readonly Scope[]) => void
  /** What to choose for what. */
  readonly hint?: string
}

/** What a credential may do. */
export function ScopeFields({ of, chosen, onChange, hint }: ScopeFieldsProps) {
  const hintId = useId()
  return (
    <fieldset className={styles.scopes} aria-describedby={hint === undefined ? undefined : hintId}>
      <legend>Scopes</legend>
      {hint !== undefined && (
        <p id={hintId} className={styles.hint}>
          {hint}
        </p>
      )}
      {of.map((scope) => (
        <CheckField
          key={scope}
          label={scope}
          hint={meanings[scope]}
          checked={chosen.includes(scope)}
          onChange={(event) =>
            onChange(event.target.checked ? [...chosen, scope] : chosen.filter((other) => other !== scope))
          }
        />
      ))}
    </fieldset>
  )
}
