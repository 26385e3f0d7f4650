import type { Mapping, MappingRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import {
  algorithmsOfScheme,
  type DigestAlgorithm,
  type SignatureAlgorithm,
  type SignatureScheme,
} from '@mtls-gateway/domain/words'
import { namesIn } from '../../ui/target-tls.ts'
import { type NamedValue, repeatedName } from './target-auth-draft.ts'

/** As the gateway takes them. */
export const mostMembers = 10

type SignatureRequest = NonNullable<MappingRequest['messageSignature']>

/** How requests are signed, as it stands in the form. What another scheme has stays while one looks around. */
export interface SignatureDraft {
  /** Empty: requests are not signed. */
  readonly signatureScheme: '' | SignatureScheme
  /** With the account's own key instead of a certificate's. */
  readonly signsBySigningKey: boolean
  /** Empty: the certificate that calls present. */
  readonly signatureCertificate: string
  /** Empty: one that fits the key. */
  readonly signatureAlgorithm: '' | SignatureAlgorithm
  readonly signatureKeyId: string
  /** `cavage`: names, separated by commas or spaces. */
  readonly signedHeaders: string
  /** `rfc9421`: the same. */
  readonly signedComponents: string
  readonly optionalHeaders: string
  readonly signatureDigest: '' | DigestAlgorithm
  /** `jws`, like the rest. */
  readonly signatureHeaderName: string
  readonly unencodedPayload: boolean
  readonly protectedMembers: readonly NamedValue[]
  readonly signatureIssuedAt: string
}

export const emptySignature: SignatureDraft = {
  signatureScheme: '',
  signsBySigningKey: false,
  signatureCertificate: '',
  signatureAlgorithm: '',
  signatureKeyId: '',
  signedHeaders: '',
  signedComponents: '',
  optionalHeaders: '',
  signatureDigest: '',
  signatureHeaderName: '',
  unencodedPayload: false,
  protectedMembers: [],
  signatureIssuedAt: '',
}

export function signatureDraftOf(messageSignature: Mapping['messageSignature']): SignatureDraft {
  if (messageSignature === undefined) return emptySignature
  const { scheme, certificationId, signingKey, algorithm, keyId, headers, components, ...others } = messageSignature
  const { optionalHeaders, digest, headerName, unencodedPayload, protectedHeader, issuedAt } = others
  return {
    signatureScheme: scheme,
    signsBySigningKey: signingKey ?? false,
    signatureCertificate: certificationId ?? '',
    signatureAlgorithm: algorithm ?? '',
    signatureKeyId: keyId ?? '',
    signedHeaders: headers?.join(', ') ?? '',
    signedComponents: components?.join(', ') ?? '',
    optionalHeaders: optionalHeaders?.join(', ') ?? '',
    signatureDigest: digest ?? '',
    signatureHeaderName: headerName ?? '',
    unencodedPayload: unencodedPayload ?? false,
    protectedMembers: Object.entries(protectedHeader ?? {}).map(([name, value]) => ({ name, value })),
    signatureIssuedAt: issuedAt ?? '',
  }
}

/** Null: requests are not signed. */
export function signatureOf(draft: SignatureDraft): SignatureRequest | null {
  const { signatureScheme: scheme, signsBySigningKey, signatureCertificate } = draft
  if (scheme === '') return null
  const algorithm = algorithmOf(draft)
  const keyId = draft.signatureKeyId.trim()
  return {
    scheme,
    ...(signsBySigningKey
      ? { signingKey: true }
      : signatureCertificate !== '' && { certificationId: signatureCertificate }),
    ...(algorithm !== '' && { algorithm }),
    ...(keyId !== '' && { keyId }),
    ...(scheme === 'jws' ? jwsOf(draft) : fieldsOf(draft)),
  }
}

/** One of another scheme is none of this. */
export function algorithmOf({ signatureScheme: scheme, signatureAlgorithm: chosen }: SignatureDraft) {
  return scheme !== '' && chosen !== '' && algorithmsOfScheme(scheme).includes(chosen) ? chosen : ''
}

function fieldsOf({ signatureScheme, signatureDigest, ...draft }: SignatureDraft): Partial<SignatureRequest> {
  const isCavage = signatureScheme === 'cavage'
  const names = namesIn(isCavage ? draft.signedHeaders : draft.signedComponents)
  const optionalHeaders = namesIn(draft.optionalHeaders)
  return {
    ...(names.length > 0 && (isCavage ? { headers: names } : { components: names })),
    ...(optionalHeaders.length > 0 && { optionalHeaders }),
    ...(signatureDigest !== '' && { digest: signatureDigest }),
  }
}

function jwsOf({ unencodedPayload, protectedMembers, ...draft }: SignatureDraft): Partial<SignatureRequest> {
  const headerName = draft.signatureHeaderName.trim()
  const issuedAt = draft.signatureIssuedAt.trim()
  const members = protectedMembers.filter(({ name, value }) => name + value !== '')
  return {
    ...(headerName !== '' && { headerName }),
    ...(unencodedPayload && { unencodedPayload }),
    ...(members.length > 0 && {
      protectedHeader: Object.fromEntries(members.map(({ name, value }) => [name.trim(), value])),
    }),
    ...(issuedAt !== '' && { issuedAt }),
  }
}

/** A header has each member once: of two, one would be lost. */
export function repeatedMember({ signatureScheme, protectedMembers }: SignatureDraft): string | undefined {
  const repeated = signatureScheme === 'jws' ? repeatedName(protectedMembers) : undefined
  return repeated === undefined ? undefined : `Two members are named “${repeated}”. Remove one of them.`
}

/** The options of `mtls` that say the same. */
export function signatureWords(draft: SignatureDraft): string[] {
  const signature = signatureOf(draft)
  if (signature === null) return []
  const { scheme, certificationId, signingKey, algorithm, keyId, headers, components, optionalHeaders } = signature
  const { digest, headerName, unencodedPayload, protectedHeader = {}, issuedAt } = signature
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--signature-${name}`, shellWord(String(value))]
  return [
    ...option('scheme', scheme),
    ...option('certificate', certificationId),
    ...(signingKey ? ['--signature-signing-key'] : []),
    ...option('algorithm', algorithm),
    ...option('key-id', keyId),
    ...option('headers', (headers ?? components)?.join(',')),
    ...option('optional-headers', optionalHeaders?.join(',')),
    ...option('digest', digest),
    ...option('header-name', headerName),
    ...(unencodedPayload ? ['--signature-unencoded'] : []),
    ...Object.entries(protectedHeader).flatMap(([name, value]) => option('protected-header', `${name}=${value}`)),
    ...option('issued-at', issuedAt),
  ]
}
