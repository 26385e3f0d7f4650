import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { foundCertificatesQuery, useCertificateName } from '../api/known-certificates.ts'
import { useAccountId } from '../routing/account-id.ts'
import { Combobox } from './combobox.tsx'

export interface CertificateFieldProps {
  /** `Certificate` unless given. */
  readonly label?: string
  readonly hint?: string
  /** Where none is chosen. */
  readonly placeholder: string
  /** The id of a certificate, or nothing. */
  readonly value: string
  readonly error?: string | undefined
  readonly onChange: (certificateId: string) => void
}

/** One of the account's certificates, found by a part of its name or subject: there may be thousands. */
export function CertificateField({ value, onChange, ...field }: CertificateFieldProps) {
  const accountId = useAccountId()
  const chosen = useCertificateName(accountId, value)
  /** Undefined: nobody has looked for one yet. */
  const [text, setText] = useState<string>()
  const search = useQuery(foundCertificatesQuery(accountId, text))
  return (
    <Combobox
      label="Certificate"
      {...field}
      chosen={chosen}
      noun="certificate"
      search={search}
      onSearch={setText}
      onChoose={(choice) => onChange(choice?.id ?? '')}
    />
  )
}
