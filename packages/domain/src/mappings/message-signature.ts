import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import { isHeaderName, isReservedHeader } from './target-auth.ts'

/**
 * How requests are signed: by draft-cavage-http-signatures-12 with the fields of NextGenPSD2, by a detached JWS
 * (RFC 7515 appendix F), or by HTTP message signatures (RFC 9421).
 */
export const signatureSchemes = ['cavage', 'jws', 'rfc9421'] as const
export type SignatureScheme = (typeof signatureSchemes)[number]

/** By scheme, with the keys that can sign by them. The first one for a key is its default. */
const algorithms = {
  cavage: { 'rsa-sha256': 'RSA', 'rsa-sha512': 'RSA', 'ecdsa-sha256': 'EC-P256' },
  jws: { PS256: 'RSA', RS256: 'RSA', ES256: 'EC-P256', EdDSA: 'Ed25519' },
  rfc9421: {
    'rsa-pss-sha512': 'RSA',
    'rsa-v1_5-sha256': 'RSA',
    'ecdsa-p256-sha256': 'EC-P256',
    ed25519: 'Ed25519',
  },
} as const satisfies Record<SignatureScheme, Readonly<Record<string, string>>>

/** By which a scheme signs, whatever the key. */
export function algorithmsOfScheme(scheme: SignatureScheme): readonly SignatureAlgorithm[] {
  return Object.keys(algorithms[scheme]) as SignatureAlgorithm[]
}

type KeysOf<T> = T extends unknown ? keyof T : never
export type SignatureAlgorithm = KeysOf<(typeof algorithms)[SignatureScheme]>

export const signatureAlgorithms = Object.values(algorithms).flatMap(
  (ofScheme) => Object.keys(ofScheme) as SignatureAlgorithm[],
)

export const digestAlgorithms = ['sha-256', 'sha-512'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

/** Bytes of a body whose digest is signed: it is held until then. */
export const maxSignedBodyBytes = 1_048_576

/** How requests of a mapping are signed (docs/target-credentials.md). Anything left out is as the scheme has it. */
export interface MessageSignature {
  readonly scheme: SignatureScheme
  /** Whose version in use signs; undefined: what the mapping presents. */
  readonly certificateId?: CertificateId
  /** The account's active key for `message-signature` signs, instead of a certificate. */
  readonly signingKey?: true
  /** Undefined: the one that fits the key. */
  readonly algorithm?: SignatureAlgorithm
  /** How the target finds the key, instead of by the certificate, or by the `kid` of the signing key. */
  readonly keyId?: string
  /** `cavage`: what is signed, in lower case; a call that lacks one is refused. */
  readonly headers?: readonly string[]
  /** `rfc9421`: the same, with names such as `@method`. */
  readonly components?: readonly string[]
  /** Header fields that are signed where a call has them. */
  readonly optionalHeaders?: readonly string[]
  /** `cavage` and `rfc9421`: that of the body. */
  readonly digest?: DigestAlgorithm
  /** `jws`: the header field with the signature. */
  readonly headerName?: string
  /** `jws`: the body is signed as it is, without base64url (RFC 7797). */
  readonly unencodedPayload?: true
  /** `jws`: more members of the protected header. */
  readonly protectedHeader?: Readonly<Record<string, string>>
  /** `jws`: the member of the protected header that says when it was signed, in seconds since 1970. */
  readonly issuedAt?: string
}

/** As it is asked for. */
export type AskedSignature = {
  readonly [Field in keyof Omit<MessageSignature, 'scheme' | AskedFlag>]: MessageSignature[Field] | undefined
} & { readonly scheme: SignatureScheme } & { readonly [Flag in AskedFlag]?: boolean | undefined }
type AskedFlag = 'signingKey' | 'unencodedPayload'

/** What belongs to one scheme or two; the rest goes with all of them. */
const fieldsOf: Readonly<Record<SignatureScheme, ReadonlySet<keyof MessageSignature>>> = {
  cavage: new Set(['headers', 'optionalHeaders', 'digest']),
  jws: new Set(['headerName', 'unencodedPayload', 'protectedHeader', 'issuedAt']),
  rfc9421: new Set(['components', 'optionalHeaders', 'digest']),
}
const ofSomeSchemes = Object.values(fieldsOf).flatMap((fields) => [...fields])

/** What else than header fields can be signed. */
const derived: Readonly<Record<SignatureScheme, ReadonlySet<string>>> = {
  cavage: new Set(['(request-target)']),
  jws: new Set(),
  rfc9421: new Set(['@method', '@target-uri', '@authority', '@scheme', '@request-target', '@path', '@query']),
}

/** Fields that a call cannot have: they carry the signature, or belong to another scheme. */
const unsignable: Readonly<Record<SignatureScheme, ReadonlySet<string>>> = {
  cavage: new Set(['signature', 'signature-input', 'content-digest', 'x-jws-signature']),
  jws: new Set(),
  rfc9421: new Set(['signature', 'signature-input', 'digest', 'tpp-signature-certificate', 'x-jws-signature']),
}
/** These the gateway sends itself, so that they can be signed. */
const sentAnyway = new Set(['host', 'content-length', 'via'])
/** Where the digest of the body is sent. */
const digestField: Readonly<Record<SignatureScheme, string | undefined>> = {
  cavage: 'digest',
  jws: undefined,
  rfc9421: 'content-digest',
}
/** What a quoted string of a header field can hold as it is. */
const quotable = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/
/** What says how a JWS is to be verified is not a matter of settings. */
const ownMembers = new Set(['alg', 'b64', 'crit', 'jku', 'jwk', 'kid', 'x5c', 'x5t', 'x5t#S256', 'x5u'])

/**
 * With names in lower case. Whether the key fits is another question: see {@link signatureAlgorithmFor}.
 * @throws CodedError `MESSAGE_SIGNATURE_INVALID` with the field
 */
export function checkMessageSignature(asked: AskedSignature): MessageSignature {
  const { scheme, certificateId, algorithm, keyId, headers, components, optionalHeaders, digest } = asked
  const { signingKey, headerName, unencodedPayload, protectedHeader, issuedAt } = asked
  if (signingKey && certificateId !== undefined) {
    refuse('Either a certificate signs, or the signing key of the account. Leave one of them out.', 'signingKey')
  }
  const other = ofSomeSchemes.find((field) => asked[field] !== undefined && !fieldsOf[scheme].has(field))
  if (other !== undefined) refuse(`The scheme "${scheme}" has no "${other}". Leave it out.`, other)
  if (algorithm !== undefined && !(algorithm in algorithms[scheme])) {
    refuse(`The scheme "${scheme}" signs by ${Object.keys(algorithms[scheme]).join(', ')}.`, 'algorithm')
  }
  if (keyId !== undefined && !quotable.test(keyId)) {
    refuse('"keyId" is printable ASCII without quotes and backslashes.', 'keyId')
  }
  const headersRead = headers && readNames(headers, scheme, 'headers')
  const componentsRead = components && readNames(components, scheme, 'components')
  const optionalRead = optionalHeaders && readNames(optionalHeaders, scheme, 'optionalHeaders')
  const always = headersRead ?? componentsRead ?? defaultSigned[scheme]
  const twice = optionalRead?.find((name) => always.includes(name) || derived[scheme].has(name))
  if (twice !== undefined) refuse(`"${twice}" is signed in any case.`, 'optionalHeaders')
  const digestName = optionalRead?.find((name) => name === digestField[scheme])
  if (digestName !== undefined) refuse(`"${digestName}" is signed always, or not at all.`, 'optionalHeaders')
  if (headerName !== undefined && (!isHeaderName(headerName) || isReservedHeader(headerName))) {
    refuse(`"${headerName}" is not the name of a header field, or is the gateway's own. Choose another.`, 'headerName')
  }
  const members = [...Object.keys(protectedHeader ?? {}), ...(issuedAt === undefined ? [] : [issuedAt])]
  const own = members.find((name) => ownMembers.has(name) || name === '')
  if (own !== undefined) refuse(`The gateway sets "${own}" itself. Leave it out.`, 'protectedHeader')
  if (new Set(members).size < members.length) refuse(`"${issuedAt}" is there twice.`, 'issuedAt')
  return {
    scheme,
    ...(certificateId !== undefined && { certificateId }),
    ...(signingKey && { signingKey: true as const }),
    ...(algorithm && { algorithm }),
    ...(keyId !== undefined && { keyId }),
    ...(headersRead && { headers: headersRead }),
    ...(componentsRead && { components: componentsRead }),
    ...(optionalRead && { optionalHeaders: optionalRead }),
    ...(digest && { digest }),
    ...(headerName !== undefined && { headerName }),
    ...(unencodedPayload && { unencodedPayload: true as const }),
    ...(protectedHeader && { protectedHeader }),
    ...(issuedAt !== undefined && { issuedAt }),
  }
}

/** What is signed where nothing is said. */
const defaultSigned: Readonly<Record<SignatureScheme, readonly string[]>> = {
  cavage: ['(request-target)', 'date', 'digest'],
  jws: [],
  rfc9421: ['@method', '@target-uri', 'content-digest'],
}

/** What of a request is signed beside its optional fields; of `jws`, it is the body alone. */
export function signedParts({ scheme, headers, components }: MessageSignature): readonly string[] {
  return headers ?? components ?? defaultSigned[scheme]
}

/** Whether the body is part of what is signed, so that it has to be held. */
export function signsBody(signature: MessageSignature): boolean {
  const field = digestField[signature.scheme]
  return field === undefined || signedParts(signature).includes(field)
}

/**
 * By which algorithm a key signs; undefined: by none of this signature.
 * @param keyType as certificates state it: `RSA-2048`, `EC-P256`, `Ed25519`
 */
export function signatureAlgorithmFor(
  { scheme, algorithm }: Pick<MessageSignature, 'scheme' | 'algorithm'>,
  keyType: string,
): SignatureAlgorithm | undefined {
  const kind = /^RSA-\d/.test(keyType) ? 'RSA' : keyType
  const fitting = Object.entries(algorithms[scheme]).flatMap(([name, key]) => (key === kind ? [name] : []))
  const [first] = algorithm === undefined ? fitting : fitting.filter((name) => name === algorithm)
  return first as SignatureAlgorithm | undefined
}

/** Why a key cannot sign. */
export function unfitKeySentence({ scheme, algorithm }: MessageSignature, keyType: string): string {
  const kinds = [...new Set(Object.values(algorithms[scheme]))].join(', ')
  const by = algorithm === undefined ? `the scheme "${scheme}" signs with keys of ${kinds}` : `not by "${algorithm}"`
  return `The key of the certificate that signs is of the type ${keyType}: ${by}.`
}

/** By what was set: it never changes. */
const keys = new WeakMap<MessageSignature, string>()

/** Equal only where all of it is. */
export function messageSignatureKey(signature: MessageSignature): string {
  const known = keys.get(signature)
  if (known !== undefined) return known
  const key = JSON.stringify(signature)
  keys.set(signature, key)
  return key
}

function readNames(
  names: readonly string[],
  scheme: SignatureScheme,
  field: keyof MessageSignature,
): readonly string[] {
  const read = names.map((name) => name.toLowerCase())
  for (const name of read) {
    if (derived[scheme].has(name)) continue
    if (!isHeaderName(name)) refuse(`"${name}" is nothing that can be signed by "${scheme}".`, field)
    const isNeverSent = isReservedHeader(name) && !sentAnyway.has(name)
    if (isNeverSent || unsignable[scheme].has(name)) {
      refuse(`The header field "${name}" cannot be signed: no request to a target has it when it is signed.`, field)
    }
  }
  const twice = read.find((name, index) => read.indexOf(name) !== index)
  if (twice !== undefined) refuse(`"${twice}" is there twice.`, field)
  return read
}

function refuse(message: string, field: keyof MessageSignature): never {
  throw new CodedError('MESSAGE_SIGNATURE_INVALID', message, { details: { field: `messageSignature.${field}` } })
}
