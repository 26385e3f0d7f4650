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

/** The codes that say that a record is missing. */
const missing: ReadonlySet<ErrorCode> = new Set(['STORE_DAMAGED', 'CLIENT_KEY_MISSING'])

/**
 * Reads the records of a version that the account referred to a moment ago. If one is missing because another request
 * has dropped the version since, the store has lost nothing, and the caller is told about that request.
 * @throws CodedError `VERSION_CHANGED`, and whatever `read` throws
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
    const { certificates } = await writer.readInTurn(account)
    const versions = certificates.filter((certificate) => certificate.id === id).flatMap(versionsOf)
    throw versions.some((version) => version.versionId === versionId) ? error : versionChanged()
  }
}
