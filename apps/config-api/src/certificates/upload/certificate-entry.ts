import type { CertificateId } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'

/** A certificate as a client wants it saved. */
export interface CertificateRequest {
  readonly name: string | undefined
  readonly id: CertificateId | undefined
  readonly material: KeyMaterialInput
}

/** One entry of a request, read only when its turn comes, so that a bad one fails alone. */
export interface CertificateEntry {
  /** What to call it in the answer, even where its name is the fault. */
  readonly label: string
  /** @throws CodedError */
  read(): CertificateRequest
}
