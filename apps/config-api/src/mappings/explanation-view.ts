import type { Explanation, NearMiss as NearMissView } from '@mtls-gateway/contract'
import {
  type ErrorCode,
  type MappingExplanation,
  type MappingMatch,
  type NearMiss,
  type NearMissDifference,
  type Service,
  serviceNameNeeded,
  type UnmappedPolicy,
} from '@mtls-gateway/domain'
import type { TargetAccess } from '@mtls-gateway/outbound'
import { viewCertificate } from '../certificates/certificate-view.ts'
import type { KeyPresence } from '../certificates/versions/version-view.ts'
import { type MappingViewFacts, viewMapping } from './mapping-view.ts'

export interface ExplanationFacts extends MappingViewFacts, KeyPresence {
  /** Undefined if neither the call nor a mapping says which. */
  readonly service: Service | undefined
  /** The services of several mappings, from which the call would have to choose. */
  readonly mappedFor: readonly Service[]
  readonly url: string
  readonly access: TargetAccess
}

const sentences: Partial<Record<ErrorCode, string>> = {
  MAPPING_DISABLED: 'and fails, because the mapping is disabled. Enable it, or delete it',
  CLIENT_CERTIFICATE_EXPIRED: 'and fails, because its certificate has expired. Replace the certificate',
  CLIENT_CERTIFICATE_NOT_YET_VALID:
    'and fails, because its certificate is not valid yet. Wait for its notBefore, or replace it',
  CERTIFICATE_PENDING_SIGNATURE:
    'and fails, because its certificate waits for its signature. Upload the signed certificate',
  CLIENT_KEY_MISSING: 'and fails, because the store has lost the private key. Upload the certificate again',
  SIGNATURE_CERTIFICATE_UNUSABLE:
    'and fails, because the certificate that signs its requests has expired, is not valid yet, or waits for its signature. Replace that certificate',
  SIGNATURE_KEY_UNFIT:
    'and fails, because the key of the certificate that signs its requests does not fit its messageSignature. Have another certificate sign, or change the signature',
  TARGET_SECRET_MISSING:
    'and fails, because the secret that its target wants was set for another host. Update the mapping with its targetAuth',
  TARGET_UNREACHABLE:
    'and fails, because the store has lost the CA certificates of its targetTrust. Update the mapping, or set its trust list again',
}

/** What each forwarder is set to do is not known here. */
const unmappedSentences: Readonly<Record<UnmappedPolicy, string>> = {
  plain:
    'No mapping matches this call: it goes out without a client certificate, unless the deployment refuses unmapped calls.',
  refuse: 'No mapping matches this call, and this account refuses unmapped calls: the call fails.',
}

const differs: Readonly<Record<NearMissDifference, string>> = {
  query: 'its query is another one',
  case: 'its path differs in upper and lower case, which counts',
  'trailing-slash': 'one of the two paths ends in a slash and the other does not',
  service: 'it is of another service',
  disabled: 'it is disabled',
  shadowed: 'a more specific mapping comes before it',
}

/** What a call would use, and why. */
export function viewExplanation(
  { match, unmapped, nearMisses }: MappingExplanation,
  facts: ExplanationFacts,
): Explanation {
  const { service, mappedFor, url, siteId, hasKey, access, now } = facts
  const mapping = match ? viewMapping(match.mapping, facts) : null
  const needed = mappedFor.length > 0 ? serviceNameNeeded(mappedFor) : undefined
  const code = match ? (match.problem ?? missing(match, facts)) : (needed?.code ?? null)
  return {
    serviceName: service?.name ?? null,
    serviceId: service?.number ?? null,
    url,
    outcome: code ? 'error' : match ? 'certificate' : 'unmapped',
    code,
    explanation: match ? explain(match, code) : (needed?.message ?? unmappedSentences[unmapped]),
    matchedBy: match?.by ?? null,
    mapping,
    certificate: match ? viewCertificate(match.certificate, { siteId, hasKey, now }) : null,
    nearMisses: nearMisses.map((miss) => viewNearMiss(miss, facts)),
    targetAccess: { verdict: access.verdict, code: access.code ?? null, explanation: access.explanation },
  }
}

function missing(
  { mapping, certificate }: MappingMatch,
  { hasKey, caCertificates }: ExplanationFacts,
): ErrorCode | null {
  const { current } = certificate
  if (current && !hasKey(current.keyId)) return 'CLIENT_KEY_MISSING'
  const caRecordId = mapping.targetTrust?.caRecordId
  return caRecordId === undefined || caCertificates.has(caRecordId) ? null : 'TARGET_UNREACHABLE'
}

function explain(match: MappingMatch, code: ErrorCode | null): string {
  const { mapping, by, certificate } = match
  const how = by === 'exact' ? 'has exactly this url' : `has the most specific pattern for this url, ${mapping.url}`
  const end = code ? sentences[code] : `and presents the certificate "${certificate.name}"`
  return `The call falls under the mapping "${mapping.name}", which ${how}, ${end}.`
}

function viewNearMiss({ mapping, differences }: NearMiss, facts: MappingViewFacts): NearMissView {
  const reasons = differences.map((difference) => differs[difference]).join('; ')
  return {
    differences,
    explanation: `The mapping "${mapping.name}" is not used: ${reasons}.`,
    mapping: viewMapping(mapping, facts),
  }
}
