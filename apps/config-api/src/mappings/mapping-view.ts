import type {
  Mapping as MappingView,
  TargetTls as TargetTlsView,
  TargetTrust as TargetTrustView,
} from '@mtls-gateway/contract'
import type { AccountId, Mapping, MappingTls, MappingTrust, RecordId } from '@mtls-gateway/domain'

export interface MappingViewFacts {
  readonly siteId: AccountId
  /** PEM, by record. */
  readonly caCertificates: ReadonlyMap<RecordId, string>
  readonly deleted?: boolean
}

/** A mapping in the form of the API, including its misspelt field. */
export function viewMapping(
  mapping: Mapping,
  { siteId, caCertificates, deleted = false }: MappingViewFacts,
): MappingView {
  const { targetTrust, targetTls, answerTimeoutSeconds } = mapping
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
    ...(targetTls && { targetTls: viewTls(targetTls) }),
    ...(answerTimeoutSeconds && { answerTimeoutSeconds }),
  }
}

/** The PEM is empty if the store has lost it. A client that sends this back is refused, so that nothing is removed. */
function viewTrust(
  { caRecordId, ...rest }: MappingTrust,
  caCertificates: MappingViewFacts['caCertificates'],
): TargetTrustView {
  return caRecordId === undefined ? rest : { caCertificates: caCertificates.get(caRecordId) ?? '', ...rest }
}

function viewTls({ ciphers, groups, ...rest }: MappingTls): TargetTlsView {
  return { ...rest, ...(ciphers && { ciphers: [...ciphers] }), ...(groups && { groups: [...groups] }) }
}
