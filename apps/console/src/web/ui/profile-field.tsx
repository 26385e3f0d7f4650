import type { Issuer } from '@mtls-gateway/contract'
import { SelectField } from './field.tsx'

export interface ProfileFieldProps {
  readonly issuers: readonly Issuer[]
  readonly value: string
  readonly error?: string | undefined
  readonly onChange: (profile: string) => void
}

/** By whom a certificate is issued, with what that fixes and allows. */
export function ProfileField({ issuers, value, error, onChange }: ProfileFieldProps) {
  const chosen = issuers.find(({ name }) => name === value)
  return (
    <SelectField
      label="Issuer"
      hint={
        issuers.length === 0
          ? 'There is none for this account. The operator of the gateway sets them up.'
          : chosen && termsOf(chosen)
      }
      value={value}
      error={error}
      onChange={({ target }) => onChange(target.value)}
    >
      {/* The issuer of a plan may be gone. */}
      {chosen === undefined && value !== '' && <option value={value}>{value}</option>}
      {issuers.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </SelectField>
  )
}

function termsOf({ description, keyTypes, subject, lifetimeSeconds }: Issuer): string {
  return [
    description,
    `Keys: ${keyTypes.join(', ')}.`,
    ...(subject === null ? [] : [`It sets ${subject} in the subject.`]),
    ...(lifetimeSeconds === null ? [] : [`Certificates last ${lifetimeOf(lifetimeSeconds)} at most.`]),
  ].join(' ')
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

function lifetimeOf(seconds: number): string {
  const [unit, size] = units.find(([, each]) => seconds >= each && seconds % each === 0) ?? (['second', 1] as const)
  return `${seconds / size} ${unit}${seconds === size ? '' : 's'}`
}
