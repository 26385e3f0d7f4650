import type { Mapping } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { trustsQuery } from '../../api/trusts.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { CertificateField } from '../../ui/certificate-field.tsx'
import { FetchTargetCa } from '../../ui/fetch-target-ca.tsx'
import { CheckField, SelectField, TextArea, TextField } from '../../ui/field.tsx'
import { Fold } from '../../ui/fold.tsx'
import { ServiceField } from '../../ui/service-field.tsx'
import { tlsOf, tlsWords } from '../../ui/target-tls.ts'
import { TlsFields } from '../../ui/tls-fields.tsx'
import type { MappingDraft } from './mapping-draft.ts'
import { mappingFaults } from './mapping-faults.ts'
import { MessageSignature } from './message-signature.tsx'
import { TargetAuthFields } from './target-auth-fields.tsx'

export interface MappingFieldsProps {
  readonly draft: MappingDraft
  /** What its target wants now, without the secrets; undefined for a new one. */
  readonly stored?: Mapping['targetAuth']
  readonly onChange: (draft: MappingDraft) => void
  readonly error: Error | null
  /** Tries the token endpoint, where there is one. */
  readonly tokenTest?: ReactNode
}

/** The fields of a mapping, for a new one and one that is edited. */
export function MappingFields({ draft, stored, onChange, error, tokenTest }: MappingFieldsProps) {
  const set = (change: Partial<MappingDraft>) => onChange({ ...draft, ...change })
  const faults = mappingFaults(error)
  const hasTrust = draft.trust + draft.caCertificates + draft.spkiPins + draft.serverName !== ''
  return (
    <>
      <TextField
        label="Name"
        hint="Unique in the account."
        value={draft.name}
        error={faults.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <ServiceField
        by="id"
        value={draft.serviceId}
        error={faults.serviceId}
        onChange={(serviceId) => set({ serviceId })}
      />
      <TextField
        label="Url"
        inputMode="url"
        placeholder="https://bank.example/token"
        hint="Exactly as it is called, with its query: a slash at the end counts, too. A pattern ends its path in /* or begins its host with *., and https://*/* is for any host."
        value={draft.url}
        error={faults.url}
        onChange={(event) => set({ url: event.target.value })}
      />
      <CertificateField
        hint="What these calls present to the target. Type a part of its name or subject."
        placeholder="Choose a certificate"
        value={draft.certificationId}
        error={faults.certificationId}
        onChange={(certificationId) => set({ certificationId })}
      />
      <CheckField
        label="Enabled"
        hint="While it is disabled, its calls fail; they never go out without the certificate."
        checked={draft.enable}
        onChange={(event) => set({ enable: event.target.checked })}
      />
      <TextField
        label="Answer timeout"
        inputMode="numeric"
        hint="Seconds that the target may take to answer, 1 to 600. Empty: as the operator has set it."
        value={draft.answerTimeoutSeconds}
        error={faults.answerTimeoutSeconds}
        onChange={(event) => set({ answerTimeoutSeconds: event.target.value })}
      />
      <Fold
        title="How the target is trusted"
        note="Leave all of it empty for a target with a certificate of a well-known CA."
        isNeeded={hasTrust}
      >
        <TrustListField value={draft.trust} error={faults.trust} onChange={(trust) => set({ trust })} />
        {draft.trust === '' && (
          <>
            <TextArea
              label="CA certificates"
              hint="PEM of the CAs that the target’s certificate may come from, instead of the well-known ones."
              value={draft.caCertificates}
              error={faults.caCertificates}
              onChange={(event) => set({ caCertificates: event.target.value })}
            />
            <FetchTargetCa
              url={draft.url}
              serverName={draft.serverName}
              tls={{ targetTls: tlsOf(draft), words: tlsWords(draft) }}
              onTrust={(caCertificates) => set({ caCertificates })}
            />
          </>
        )}
        <TextArea
          label="Public key pins"
          rows={2}
          placeholder="sha256/..."
          hint="SHA-256 of the public keys that the target may have, one a line."
          value={draft.spkiPins}
          error={faults.spkiPins}
          onChange={(event) => set({ spkiPins: event.target.value })}
        />
        <TextField
          label="Server name"
          hint="Sent as SNI, and expected in the target’s certificate."
          value={draft.serverName}
          error={faults.serverName}
          onChange={(event) => set({ serverName: event.target.value })}
        />
      </Fold>
      <TlsFields
        draft={draft}
        note="Leave all of it empty unless the target needs it. Where a call fails because of this, its explanation names the setting that may help."
        error={error}
        onChange={set}
      />
      <TargetAuthFields draft={draft} stored={stored} error={error} onChange={set}>
        {tokenTest}
      </TargetAuthFields>
      <MessageSignature draft={draft} error={error} onChange={set} />
    </>
  )
}

interface TrustListFieldProps {
  readonly value: string
  readonly error: string | undefined
  readonly onChange: (name: string) => void
}

function TrustListField({ value, error, onChange }: TrustListFieldProps) {
  const { data: trusts = [] } = useQuery(trustsQuery(useAccountId()))
  const names = new Set([...trusts.map(({ name }) => name), ...(value === '' ? [] : [value])])
  return (
    <SelectField
      label="Trust list"
      hint="CAs that several mappings share."
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">None: certificates of its own, or the well-known CAs</option>
      {[...names].map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </SelectField>
  )
}
