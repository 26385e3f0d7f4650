import type {
  Mapping as MappingView,
  MessageSignature as MessageSignatureView,
  TargetAuth as TargetAuthView,
  TargetTls as TargetTlsView,
  TargetTrust as TargetTrustView,
} from '@mtls-gateway/contract'
import type {
  AccountId,
  HeldSecret,
  Mapping,
  MappingTls,
  MappingTrust,
  MessageSignature,
  RecordId,
  TargetAuth,
} from '@mtls-gateway/domain'

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
  const { targetTrust, targetTls, targetAuth, messageSignature, answerTimeoutSeconds, managedBy } = mapping
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
    ...(targetAuth && { targetAuth: viewAuth(targetAuth) }),
    ...(targetTls && { targetTls: viewTls(targetTls) }),
    ...(messageSignature && { messageSignature: viewSignature(messageSignature) }),
    ...(answerTimeoutSeconds && { answerTimeoutSeconds }),
    ...(managedBy !== undefined && { managedBy }),
  }
}

/** What it is, without its secrets. */
function viewAuth(auth: TargetAuth): TargetAuthView {
  if (auth.type === 'headers') {
    return { type: 'headers', headers: auth.headers.map(({ name, secret }) => ({ name, ...told(secret) })) }
  }
  const { secret, ...rest } = auth
  return { ...rest, ...told(secret) }
}

function told(secret: HeldSecret | undefined) {
  return secret === undefined
    ? { hasSecret: false }
    : { hasSecret: true, secretSetAt: secret.setAt, secretSetBy: secret.setBy }
}

/**
 * The PEM is empty if the store has lost it. A client that sends this back is refused, so that nothing is removed. A
 * trust list stands for its certificates: clients that put back what they got keep using it.
 */
function viewTrust(
  { caRecordId, ...rest }: MappingTrust,
  caCertificates: MappingViewFacts['caCertificates'],
): TargetTrustView {
  return caRecordId === undefined || rest.trust !== undefined
    ? rest
    : { caCertificates: caCertificates.get(caRecordId) ?? '', ...rest }
}

function viewTls({ ciphers, groups, ...rest }: MappingTls): TargetTlsView {
  return { ...rest, ...(ciphers && { ciphers: [...ciphers] }), ...(groups && { groups: [...groups] }) }
}

function viewSignature({ certificateId, ...rest }: MessageSignature): MessageSignatureView {
  return { ...rest, ...(certificateId !== undefined && { certificationId: String(certificateId) }) }
}
