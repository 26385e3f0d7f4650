import type { Mapping } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { facts } from './lines.ts'

export function mappingText({ id, name, serviceId, url, certificationId, enable }: Mapping): string {
  return facts([
    ['id', String(id)],
    ['name', name],
    ['service', serviceId],
    ['url', url],
    ['certificate', certificationId],
    ['enabled', enable ? 'yes' : 'no: calls fail'],
  ])
}

export function mappingTable(mappings: readonly Mapping[]): string {
  if (mappings.length === 0) return 'There is no mapping.'
  const rows = mappings.map(({ id, name, serviceId, enable, certificationId, url }) => [
    id,
    name,
    serviceId,
    enable ? 'yes' : 'no',
    certificationId,
    url,
  ])
  return table(['ID', 'NAME', 'SERVICE', 'ENABLED', 'CERTIFICATE', 'URL'], rows)
}
