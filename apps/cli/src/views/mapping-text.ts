import type { Mapping } from '@mtls-gateway/contract'
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
