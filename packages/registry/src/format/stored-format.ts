import { refuseNewerFormat } from '@mtls-gateway/domain'
import { type SecretValue, StoreError } from '@mtls-gateway/secret-store/port'

/** What accounts are written in: the lowest format whose readers can do with all that is in them (decision 32). */
export const writtenFormat = 1
/** The newest that this release reads. */
const knownFormat = 1

/**
 * For whatever is read from a store. What names no format has format 1: records have never named one.
 * @param what begins the sentence of the refusal
 * @throws CodedError `STORE_NEWER`; StoreError `damaged`: this is no format
 */
export function checkFormat({ format = 1, readBy }: SecretValue, what: string): void {
  if (format === knownFormat) return
  refuseNewerFormat({ what, format, known: knownFormat, readBy })
  throw new StoreError('damaged', `${what} has a format that there never was`)
}
