import type { CertificateId } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'

/** A certificate that a client wants to save. */
export interface EntryContents {
  readonly name: string | undefined
  readonly id: CertificateId | undefined
  readonly material: KeyMaterialInput
}

/** One entry of a request. It is parsed only when its turn comes, so that a bad entry fails alone. */
export interface CertificateEntry {
  /** What the answer calls it, even if its name is what is wrong. */
  readonly label: string
  /** @throws CodedError */
  read(): EntryContents
}
