import type { MappingQuery } from '@mtls-gateway/contract'
import type { Mapping, ServiceCatalogue } from '@mtls-gateway/domain'
import { holds } from '../http/search.ts'

/** Which mappings a query asks for. @throws CodedError `UNKNOWN_SERVICE` */
export function mappingFilter(
  { search, service, certificateId, enable, ids }: MappingQuery,
  services: ServiceCatalogue,
): (mapping: Mapping) => boolean {
  const serviceId = service === undefined ? undefined : services.resolve(service).number
  const isEnabled = enable === undefined ? undefined : enable === 'true'
  const isFound = search === undefined ? undefined : holds(search)
  return (mapping) =>
    (ids === undefined || ids.has(mapping.id)) &&
    (serviceId === undefined || mapping.serviceId === serviceId) &&
    (certificateId === undefined || mapping.certificateId === certificateId) &&
    (isEnabled === undefined || mapping.enable === isEnabled) &&
    (isFound === undefined || isFound(mapping.name) || isFound(mapping.url))
}
