import { useQuery } from '@tanstack/react-query'
import { servicesQuery } from '../api/services.ts'
import { useAccountId } from '../routing/account-id.ts'
import { SelectField } from './field.tsx'

export interface ServiceFieldProps {
  /** What stands for a service: mappings have its number, calls its name. */
  readonly by: 'id' | 'name'
  readonly value: string
  readonly error?: string | undefined
  readonly onChange: (service: string) => void
}

/** The service that makes the calls. */
export function ServiceField({ by, value, error, onChange }: ServiceFieldProps) {
  const { data: services = [] } = useQuery(servicesQuery(useAccountId()))
  return (
    <SelectField
      label="Service"
      hint="The service that makes the calls."
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">Choose a service</option>
      {services.map((service) => (
        <option key={service.id} value={service[by]}>
          {service.name}
        </option>
      ))}
    </SelectField>
  )
}
