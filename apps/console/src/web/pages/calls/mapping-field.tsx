import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { foundMappingsQuery, mappingNamesQuery } from '../../api/mappings.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Combobox } from '../../ui/combobox.tsx'

export interface MappingFieldProps {
  readonly value: number | undefined
  readonly onChange: (mappingId: number | undefined) => void
}

/** One of the account's mappings, found by a part of its name or url: there may be thousands. */
export function MappingField({ value, onChange }: MappingFieldProps) {
  const accountId = useAccountId()
  const { data: names } = useQuery(mappingNamesQuery(accountId, value === undefined ? [] : [value]))
  /** Undefined: nobody has looked for one yet. */
  const [text, setText] = useState<string>()
  const search = useQuery(foundMappingsQuery(accountId, text))
  return (
    <Combobox
      label="Mapping"
      placeholder="All"
      // The calls of one that is deleted are still there.
      chosen={value === undefined ? '' : (names?.get(value) ?? String(value))}
      noun="mapping"
      search={search}
      onSearch={setText}
      onChoose={(choice) => onChange(choice === undefined ? undefined : Number(choice.id))}
    />
  )
}
