import type { ApprovalRule } from '../account/approval-request.ts'
import type { AccountSettings } from '../account/settings.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { PlanChoices } from '../certificates/renewal-plan.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import type { HeldSecret, TargetAuth } from '../mappings/target-auth.ts'
import type { TrustList } from '../mappings/trust-list.ts'

/** What a view needs to know beside the thing itself. */
export interface ViewFacts {
  readonly certificateName: (id: CertificateId) => string
  readonly serviceName: (number: string) => string
  /** What stands for the CA certificates of a record. */
  readonly caCertificates: (id: RecordId) => unknown
  /** What is told of a secret; never the secret. */
  readonly secret: (held: HeldSecret | undefined) => object
}

/** Anything by the names of a document's fields. */
export type DeclaredView = Readonly<Record<string, unknown>>

/** A mapping as a document has it. */
export function viewDeclaredMapping(mapping: Mapping, facts: ViewFacts): DeclaredView {
  const { targetTrust, targetTls, targetAuth, messageSignature, answerTimeoutSeconds } = mapping
  const { trust, caRecordId, ...verified } = targetTrust ?? {}
  const own = {
    ...(trust === undefined && caRecordId && { caCertificates: facts.caCertificates(caRecordId) }),
    ...verified,
  }
  const { certificateId, ...signature } = messageSignature ?? {}
  const signer = certificateId !== undefined && { certificate: facts.certificateName(certificateId) }
  return {
    service: facts.serviceName(mapping.serviceId),
    url: mapping.url,
    certificate: facts.certificateName(mapping.certificateId),
    enable: mapping.enable,
    ...(trust !== undefined && { trust }),
    ...(Object.keys(own).length > 0 && { targetTrust: own }),
    ...(targetTls && { targetTls }),
    ...(targetAuth && { targetAuth: viewAuth(targetAuth, facts) }),
    ...(messageSignature && { messageSignature: { ...signature, ...signer } }),
    ...(answerTimeoutSeconds && { answerTimeoutSeconds }),
  }
}

function viewAuth(auth: TargetAuth, { secret: tell }: ViewFacts): object {
  if (auth.type === 'headers') {
    return { type: 'headers', headers: auth.headers.map(({ name, secret }) => ({ name, ...tell(secret) })) }
  }
  const { secret, ...rest } = auth
  return { ...rest, ...tell(secret) }
}

/** A certificate as a document has it. */
export function viewDeclaredCertificate({ plan }: Pick<Certificate, 'plan'>): DeclaredView {
  return plan ? { plan: planChoicesOf(plan) } : {}
}

/** Those of a request, or of a plan with all that it keeps. */
export function planChoicesOf({ profile, source, renewAt, test, promote, rollBack }: AskedChoices): PlanChoices {
  return {
    ...(profile !== undefined && { profile }),
    ...(source !== undefined && { source }),
    ...{ renewAt, test, promote, rollBack },
  }
}

/** A trust list as a comparison shows it: each of its certificates in one line. */
export function viewComparedTrust({ certificates }: Pick<TrustList, 'certificates'>): DeclaredView {
  const lineOf = ({ subject, fingerprintSha256 }: (typeof certificates)[number]) =>
    `${subject} sha256=${fingerprintSha256}`
  return { caCertificates: certificates.map(lineOf) }
}

/** Settings as a document has them. */
export function viewDeclaredSettings({ unmappedCalls, publishKeys = false, approvals }: AccountSettings): DeclaredView {
  return { unmappedCalls, publishKeys, ...(approvals && { approvals: viewRule(approvals) }) }
}

function viewRule({ actions, approvers, scope, expiresAfterDays }: ApprovalRule): DeclaredView {
  return { actions, ...(approvers && { approvers }), scope, expiresAfter: `${expiresAfterDays}d` }
}

type AskedChoices = Omit<PlanChoices, 'profile' | 'source'> & {
  readonly profile?: string | undefined
  readonly source?: string | undefined
}
