import {
  type AccountId,
  type CertificateId,
  type ErrorCode,
  isCodedError,
  type RecordId,
  versionChanged,
  versionsOf,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'

export interface NamedVersion {
  readonly account: AccountId
  readonly id: CertificateId
  readonly versionId: RecordId
}

/** How a record is missed. */
const missing: ReadonlySet<ErrorCode> = new Set(['STORE_DAMAGED', 'CLIENT_KEY_MISSING'])

/**
 * Reads the records of a version that the account named a moment ago. Where one is missing because another request has
 * dropped the version since, the store has lost nothing, and whoever asked is told of that request.
 * @throws CodedError `VERSION_CHANGED`, and as the reading does
 */
export async function readNamed<T>(
  writer: AccountWriter,
  { account, id, versionId }: NamedVersion,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isCodedError(error) || !missing.has(error.code)) throw error
    const { certificates } = await writer.read(account)
    const versions = certificates.filter((certificate) => certificate.id === id).flatMap(versionsOf)
    throw versions.some((version) => version.versionId === versionId) ? error : versionChanged()
  }
}
