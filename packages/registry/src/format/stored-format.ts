import { type Account, refuseNewerFormat } from '@mtls-gateway/domain'
import { type SecretValue, StoreError } from '@mtls-gateway/secret-store/port'

/**
 * What accounts are written in: the lowest format whose readers can do with all that is in them (decision 32). A
 * release that knows nothing of approvals would make changes that need one: it must not take such an account for its
 * own.
 */
export function writtenFormat({ settings }: Pick<Account, 'settings'>): {
  readonly format: number
  readonly readBy?: string
} {
  return settings?.approvals ? { format: 2, readBy: '0.3.0' } : { format: 1 }
}
/** The newest that this release reads: of accounts, and of what else there is. */
export const knownAccountFormat = 2
const knownFormat = 1

/**
 * For whatever is read from a store. What names no format has format 1: records have never named one.
 * @param what begins the sentence of the refusal
 * @param known the newest format of it that this release reads
 * @throws CodedError `STORE_NEWER`; StoreError `damaged`: this is no format
 */
export function checkFormat({ format = 1, readBy }: SecretValue, what: string, known = knownFormat): void {
  refuseNewerFormat({ what, format, known, readBy })
  if (typeof format === 'number' && Number.isSafeInteger(format) && format >= 1) return
  throw new StoreError('damaged', `${what} has a format that there never was`)
}
