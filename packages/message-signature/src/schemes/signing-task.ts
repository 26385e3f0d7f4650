import type { MessageSignature, SignatureAlgorithm } from '@mtls-gateway/domain'
import type { FieldsToSign, RequestToSign } from '../request-to-sign.ts'
import type { SigningKey } from '../signing-key.ts'

/** What a scheme signs; it adds its header fields to `fields`. */
export interface SigningTask {
  readonly signature: MessageSignature
  readonly algorithm: SignatureAlgorithm
  readonly key: SigningKey
  readonly request: RequestToSign
  readonly fields: FieldsToSign
}
