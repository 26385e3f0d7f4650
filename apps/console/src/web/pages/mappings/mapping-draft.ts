import type { Mapping, MappingRequest } from '@mtls-gateway/contract'
import type { Difference } from '../../ui/differences.tsx'
import { emptyTls, type TlsDraft, tlsDraftOf, tlsOf } from '../../ui/target-tls.ts'
import {
  emptySignature,
  repeatedMember,
  type SignatureDraft,
  signatureDraftOf,
  signatureOf,
} from './message-signature-draft.ts'
import {
  type AuthDraft,
  authDraftOf,
  authOf,
  emptyAuth,
  type NamedValue,
  repeatedParameter,
} from './target-auth-draft.ts'

/** A mapping as it stands in the form. */
export interface MappingDraft extends AuthDraft, SignatureDraft, TlsDraft {
  readonly name: string
  readonly serviceId: string
  readonly url: string
  readonly certificationId: string
  readonly enable: boolean
  readonly answerTimeoutSeconds: string
  readonly caCertificates: string
  /** The name of a trust list, instead of certificates of its own. */
  readonly trust: string
  /** One a line. */
  readonly spkiPins: string
  readonly serverName: string
}

export const emptyDraft: MappingDraft = {
  name: '',
  serviceId: '',
  url: '',
  certificationId: '',
  enable: true,
  answerTimeoutSeconds: '',
  caCertificates: '',
  trust: '',
  spkiPins: '',
  serverName: '',
  ...emptyTls,
  ...emptyAuth,
  ...emptySignature,
}

export function draftOf(mapping: Mapping): MappingDraft {
  const { name, serviceId, url, certificationId, enable, answerTimeoutSeconds, targetTrust } = mapping
  return {
    name,
    serviceId,
    url,
    certificationId,
    enable,
    answerTimeoutSeconds: answerTimeoutSeconds === undefined ? '' : String(answerTimeoutSeconds),
    caCertificates: targetTrust?.caCertificates ?? '',
    trust: targetTrust?.trust ?? '',
    spkiPins: targetTrust?.spkiPins?.join('\n') ?? '',
    serverName: targetTrust?.serverName ?? '',
    ...tlsDraftOf(mapping.targetTls),
    ...authDraftOf(mapping.targetAuth),
    ...signatureDraftOf(mapping.messageSignature),
  }
}

/** What a new one needs first, in the order of the form. */
export function whatIsMissing(draft: MappingDraft): string | undefined {
  const { name, serviceId, url, certificationId } = draft
  if (serviceId === '') return 'Choose the service first.'
  if (url.trim() === '') return 'Type the url first.'
  if (certificationId === '') return 'Choose the certificate first.'
  return name.trim() === '' ? 'Type a name first.' : (repeatedParameter(draft) ?? repeatedMember(draft))
}

/** A request that says all of a mapping, so that it serves for a new one too. */
interface FullRequest
  extends Pick<
    MappingRequest,
    'answerTimeoutSeconds' | 'targetTrust' | 'targetTls' | 'targetAuth' | 'messageSignature'
  > {
  readonly name: string
  readonly serviceId: string
  readonly url: string
  readonly certificationId: string
  readonly enable: boolean
}

/** What is empty goes back to what the operator has set; a secret that is not typed stays. */
export function requestOf(draft: MappingDraft): FullRequest {
  const { name, serviceId, url, certificationId, enable, answerTimeoutSeconds } = draft
  return {
    name: name.trim(),
    serviceId,
    url: url.trim(),
    certificationId,
    enable,
    answerTimeoutSeconds: answerTimeoutSeconds.trim() === '' ? null : Number(answerTimeoutSeconds),
    targetTrust: trustOf(draft),
    targetTls: tlsOf(draft),
    targetAuth: authOf(draft),
    messageSignature: signatureOf(draft),
  }
}

function trustOf({ caCertificates, trust: list, spkiPins, serverName }: MappingDraft): FullRequest['targetTrust'] {
  const pins = spkiPins.split(/\s+/).filter((pin) => pin !== '')
  const trust = {
    ...(list === '' ? caCertificates.trim() !== '' && { caCertificates } : { trust: list }),
    ...(pins.length > 0 && { spkiPins: pins }),
    ...(serverName.trim() !== '' && { serverName: serverName.trim() }),
  }
  return Object.keys(trust).length === 0 ? null : trust
}

const labels: Readonly<Record<keyof MappingDraft, string>> = {
  name: 'Name',
  serviceId: 'Service',
  url: 'Url',
  certificationId: 'Certificate',
  enable: 'Enabled',
  answerTimeoutSeconds: 'Answer timeout',
  caCertificates: 'CA certificates',
  trust: 'Trust list',
  spkiPins: 'Public key pins',
  serverName: 'Server name',
  tlsMin: 'Lowest version of TLS',
  tlsMax: 'Highest version of TLS',
  legacyRenegotiation: 'Legacy renegotiation',
  tlsCiphers: 'Ciphers',
  tlsGroups: 'Groups',
  authType: 'Besides the certificate',
  tokenUrl: 'Token endpoint',
  clientId: 'Client id',
  method: 'How the client shows who it is',
  issuer: 'Issuer',
  assertionAudience: 'Assertion for',
  clientSecret: 'Secret of the client',
  scope: 'Scope',
  parameters: 'Parameters',
  headers: 'Header fields',
  signatureScheme: 'Requests are signed',
  signsBySigningKey: 'Signed with a key of the account',
  signatureCertificate: 'Certificate that signs',
  signatureAlgorithm: 'Algorithm of the signature',
  signatureKeyId: 'Key id',
  signedHeaders: 'What is signed',
  signedComponents: 'Components that are signed',
  optionalHeaders: 'Signed if present',
  signatureDigest: 'Digest of the body',
  signatureHeaderName: 'Header field of the signature',
  unencodedPayload: 'Sign the body as it is',
  protectedMembers: 'Members of the protected header',
  signatureIssuedAt: 'Member with the time of signing',
}

export function differencesOf(mine: MappingDraft, theirs: MappingDraft): readonly Difference[] {
  // The labels have a mapping's keys, which Object.keys forgets.
  const fields = Object.keys(labels) as (keyof MappingDraft)[]
  return fields
    .map((field) => ({ field: labels[field], mine: shown(mine, field), theirs: shown(theirs, field) }))
    .filter((each) => each.mine !== each.theirs)
}

/** Never a secret. */
function shown(draft: MappingDraft, field: keyof MappingDraft): string {
  const listed = (named: readonly NamedValue[], text: (each: NamedValue) => string) => named.map(text).join(', ')
  if (field === 'clientSecret') return draft.clientSecret === '' ? '' : 'another one'
  if (field === 'parameters' || field === 'protectedMembers') {
    return listed(draft[field], ({ name, value }) => `${name}=${value}`)
  }
  if (field === 'headers') {
    return listed(draft.headers, ({ name, value }) => (value === '' ? name : `${name} with another value`))
  }
  const value = draft[field]
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value
}
