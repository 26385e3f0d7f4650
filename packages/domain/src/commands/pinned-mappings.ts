import type { Account } from '../account/account.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { promotionUnderway } from './version-errors.ts'

/**
 * Mappings of the account, of which none names a version of this certificate any more.
 * @param staged what goes on to be staged: the owners of targets have registered it all the same
 * @param promoted what is in use for all from now on: some have presented it for longer
 */
export function unpinned(
  mappings: readonly Mapping[],
  id: CertificateId,
  revision: number,
  { staged, promoted }: { readonly staged?: RecordId | undefined; readonly promoted?: RecordId } = {},
): readonly Mapping[] {
  return mappings.map((mapping) => {
    const { certificateId, pinned, pinnedDisabled, promotion, prepared } = mapping
    if (certificateId !== id) return mapping
    const isPresented = pinned !== undefined && pinned === promoted && promotion?.state === 'presents'
    const isPrepared = prepared !== undefined && prepared.version === staged
    const isSame = !pinned && !pinnedDisabled && !promotion && (prepared === undefined || isPrepared)
    if (isSame) return mapping
    return {
      ...withoutPromotion(mapping),
      ...(isPresented && { promotion }),
      ...(isPrepared && { prepared }),
      // Its calls have not presented the one that was in use until now either.
      ...(pinned !== undefined && pinnedDisabled && { pinnedDisabled }),
      revision,
    }
  })
}

/** What belongs to the certificate that it has had. */
export function withoutPromotion(mapping: Mapping): Mapping {
  const { pinned: _, pinnedDisabled: __, promotion: ___, prepared: ____, ...rest } = mapping
  return rest
}

/** @throws CodedError `PROMOTION_UNDERWAY`: mappings present this version, which is not in use for the others */
export function refuseWhilePinned(account: Account, id: CertificateId, version: RecordId | undefined): void {
  const isPinned = account.mappings.some((each) => each.certificateId === id && each.pinned === version)
  if (version !== undefined && isPinned) throw promotionUnderway()
}
