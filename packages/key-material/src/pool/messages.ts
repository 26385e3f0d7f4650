import type { SigningAlgorithm } from '@mtls-gateway/domain'
import type { AccountCa } from '../account-ca/make-ca.ts'
import type { SignOrder } from '../account-ca/sign-request.ts'
import type { KeyMaterialInput } from '../input/key-material-input.ts'
import type { SignedInput } from '../input/signed-input.ts'
import type { Examination, SignedExamination } from '../report/report.ts'
import type { RevocationAnswer, RevocationAnswerInput } from '../revocation/revocation-answer.ts'
import type { MadeSigningKey } from '../signing-key/make-signing-key.ts'
import type { RequestSpec, SigningRequest } from '../signing-request/request-spec.ts'
import type { TrustedCas, TrustedCasInput } from '../trust/trusted-cas.ts'

/** To a child: one at a time. */
export type Job =
  | {
      readonly kind: 'examine'
      readonly input: KeyMaterialInput
      /** Key derivation iterations that may be spent. */
      readonly allowance: number
    }
  | { readonly kind: 'examine-signed'; readonly input: SignedInput }
  | { readonly kind: 'read-trusted-cas'; readonly input: TrustedCasInput }
  | { readonly kind: 'make-request'; readonly spec: RequestSpec }
  | { readonly kind: 'make-signing-key'; readonly algorithm: SigningAlgorithm }
  | { readonly kind: 'read-revocation'; readonly input: RevocationAnswerInput }
  | { readonly kind: 'make-ca'; readonly commonName: string }
  | { readonly kind: 'sign-request'; readonly ca: AccountCa; readonly order: SignOrder }

/** From a child: `ready` once; for each job `taken` before anything is done with it, then one answer. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'examined'; readonly examination: Examination }
  | { readonly kind: 'needs-expensive-child' }
  | { readonly kind: 'signed-examined'; readonly examination: SignedExamination }
  | { readonly kind: 'trusted-cas-read'; readonly read: readonly TrustedCas[] }
  | { readonly kind: 'request-made'; readonly request: SigningRequest }
  | { readonly kind: 'signing-key-made'; readonly key: MadeSigningKey }
  | { readonly kind: 'revocation-read'; readonly answer: RevocationAnswer }
  | { readonly kind: 'ca-made'; readonly ca: AccountCa }
  /** PEM */
  | { readonly kind: 'request-signed'; readonly certificate: string }
  | { readonly kind: 'request-refused' }
