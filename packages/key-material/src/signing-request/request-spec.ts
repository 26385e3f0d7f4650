import type { RequestKeyType } from '@mtls-gateway/domain'

/** The parts of a subject that can be requested, in the order in which they are written. */
export const subjectParts = ['C', 'ST', 'L', 'O', 'OU', 'CN'] as const
export type SubjectPart = (typeof subjectParts)[number]

export interface SubjectAltName {
  readonly type: 'dns' | 'ip' | 'email' | 'url'
  readonly value: string
}

/** What to request from a CA: a certificate for this subject, and for a new key. */
export interface RequestSpec {
  readonly keyType: RequestKeyType
  readonly subject?: Readonly<Partial<Record<SubjectPart, string>>> | undefined
  readonly subjectAltNames?: readonly SubjectAltName[] | undefined
  /** PEM of a certificate whose subject and names are requested again, with the same encoding, if none are given. */
  readonly renewed?: string
}

export interface SigningRequest {
  /** PKCS#8 PEM, unencrypted. */
  readonly privateKey: string
  /** PKCS#10 PEM. */
  readonly csr: string
  /** SHA-256 of the SubjectPublicKeyInfo, base64url. */
  readonly spkiSha256: string
  /** As certificates state it, most specific part first. */
  readonly subject: string
}
