import type { AccountId, Mapping } from '@mtls-gateway/domain'

/** A mapping as the wire has it, misspelling included (contract, "Config API"). */
export interface MappingView {
  readonly id: number
  readonly deleted: boolean
  readonly url: string
  readonly enable: boolean
  readonly serviceId: string
  readonly siteId: string
  readonly name: string
  readonly certificationId: string
}

export function viewMapping(mapping: Mapping, siteId: AccountId, deleted = false): MappingView {
  return {
    id: mapping.id,
    deleted,
    url: mapping.url,
    enable: mapping.enable,
    serviceId: mapping.serviceId,
    siteId,
    name: mapping.name,
    certificationId: String(mapping.certificateId),
  }
}
