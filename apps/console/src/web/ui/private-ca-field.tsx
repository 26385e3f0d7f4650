import { TextArea } from './field.tsx'
import styles from './private-ca-field.module.css'

/** Which CAs vouch for a target, where it is not one of the public ones. */
export function PrivateCaField({
  value,
  error,
  onChange,
}: {
  readonly value: string
  readonly error?: string | undefined
  readonly onChange: (pem: string) => void
}) {
  return (
    <details className={styles.details} open={value !== '' || error !== undefined}>
      <summary>The target’s own certificate comes from a private CA</summary>
      <TextArea
        label="CA certificates of the target"
        hint="PEM. The target is trusted by these CAs alone, instead of the well-known ones."
        placeholder="-----BEGIN CERTIFICATE-----"
        value={value}
        error={error}
        onChange={(event) => onChange(event.target.value)}
      />
    </details>
  )
}

/** How a request says it. */
export function trustOf(pem: string): { readonly caCertificates: string } | undefined {
  return pem.trim() === '' ? undefined : { caCertificates: pem }
}
