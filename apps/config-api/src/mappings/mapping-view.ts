import type { AccountId, Mapping, MappingTrust, RecordId } from '@mtls-gateway/domain'

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
  readonly targetTrust?: TargetTrustView
}

export interface TargetTrustView extends Omit<MappingTrust, 'caRecordId'> {
  /** PEM. Empty if the store has lost them: a client that puts this back is refused, so as not to remove them. */
  readonly caCertificates?: string
}

export interface MappingViewFacts {
  readonly siteId: AccountId
  /** PEM, by record. */
  readonly caCertificates: ReadonlyMap<RecordId, string>
  readonly deleted?: boolean
}

export function viewMapping(
  mapping: Mapping,
  { siteId, caCertificates, deleted = false }: MappingViewFacts,
): MappingView {
  const { targetTrust } = mapping
  return {
    id: mapping.id,
    deleted,
    url: mapping.url,
    enable: mapping.enable,
    serviceId: mapping.serviceId,
    siteId,
    name: mapping.name,
    certificationId: String(mapping.certificateId),
    ...(targetTrust && { targetTrust: viewTrust(targetTrust, caCertificates) }),
  }
}

function viewTrust(
  { caRecordId, ...rest }: MappingTrust,
  caCertificates: MappingViewFacts['caCertificates'],
): TargetTrustView {
  return caRecordId === undefined ? rest : { caCertificates: caCertificates.get(caRecordId) ?? '', ...rest }
}
