import type { Account } from '../account/account.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { promotionUnderway } from './version-errors.ts'

/** Mappings of the account, of which none names a version of this certificate any more. */
export function unpinned(mappings: readonly Mapping[], id: CertificateId, revision: number): readonly Mapping[] {
  return mappings.map((mapping) => {
    if (mapping.certificateId !== id || (mapping.pinned === undefined && mapping.promotion === undefined))
      return mapping
    return { ...withoutPromotion(mapping), revision }
  })
}

/** What belongs to the certificate that it has had. */
export function withoutPromotion({ pinned: _, promotion: __, ...mapping }: Mapping): Mapping {
  return mapping
}

/** @throws CodedError `PROMOTION_UNDERWAY`: mappings present this version, which is not in use for the others */
export function refuseWhilePinned(account: Account, id: CertificateId, version: RecordId | undefined): void {
  const isPinned = account.mappings.some((each) => each.certificateId === id && each.pinned === version)
  if (version !== undefined && isPinned) throw promotionUnderway()
}
