import { tlsVersions } from '@mtls-gateway/domain/words'
import { CheckField, SelectField, TextField } from './field.tsx'
import { Fold } from './fold.tsx'
import { type TlsDraft, tlsFaults, tlsOf } from './target-tls.ts'

export interface TlsFieldsProps {
  readonly draft: TlsDraft
  readonly note: string
  readonly error: Error | null
  readonly isQuiet?: boolean
  readonly onChange: (change: Partial<TlsDraft>) => void
}

/** What a target is offered in the TLS handshake. */
export function TlsFields({ draft, note, error, isQuiet = false, onChange }: TlsFieldsProps) {
  const faults = tlsFaults(error)
  return (
    <Fold title="What is offered in the TLS handshake" note={note} isNeeded={tlsOf(draft) !== null} isQuiet={isQuiet}>
      <TlsVersionField
        label="Lowest version of TLS"
        value={draft.tlsMin}
        error={faults.tlsMin}
        onChange={(tlsMin) => onChange({ tlsMin })}
      />
      <TlsVersionField
        label="Highest version of TLS"
        value={draft.tlsMax}
        error={faults.tlsMax}
        onChange={(tlsMax) => onChange({ tlsMax })}
      />
      <CheckField
        label="Legacy renegotiation"
        hint="Calls targets that lack secure renegotiation (RFC 5746), where someone in between can put a request of their own before yours."
        checked={draft.legacyRenegotiation}
        onChange={(event) => onChange({ legacyRenegotiation: event.target.checked })}
      />
      <TextField
        label="Ciphers"
        placeholder="ECDHE-RSA-AES128-GCM-SHA256"
        hint="All that are offered, by OpenSSL’s names, separated by commas. A version of TLS without any is not offered."
        value={draft.tlsCiphers}
        error={faults.tlsCiphers}
        onChange={(event) => onChange({ tlsCiphers: event.target.value })}
      />
      <TextField
        label="Groups"
        placeholder="X25519, P-256"
        hint="All that are offered for the key exchange, separated by commas. X25519MLKEM768 is on by default, and comes first."
        value={draft.tlsGroups}
        error={faults.tlsGroups}
        onChange={(event) => onChange({ tlsGroups: event.target.value })}
      />
    </Fold>
  )
}

interface TlsVersionFieldProps {
  readonly label: string
  readonly value: string
  readonly error: string | undefined
  readonly onChange: (version: string) => void
}

function TlsVersionField({ label, value, error, onChange }: TlsVersionFieldProps) {
  return (
    <SelectField label={label} value={value} error={error} onChange={(event) => onChange(event.target.value)}>
      <option value="">As for all targets</option>
      {tlsVersions.map((version) => (
        <option key={version} value={version}>{`TLS ${version}`}</option>
      ))}
    </SelectField>
  )
}
