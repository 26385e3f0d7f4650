import {
  type AccountId,
  type Certificate,
  type CertificateVersion,
  type ComparedVersion,
  isCodedError,
  isRequested,
  type VersionDifference,
  type VersionRecordIds,
  versionDifferences,
} from '@mtls-gateway/domain'
import { type CertificateDetails, certificateDetails, describeChain } from '@mtls-gateway/key-material'
import type { ChainRecord } from '@mtls-gateway/registry'
import type { VersionRecords } from './version-records.ts'

/** What is stored of a version, and what it says itself. */
export interface StoredVersion {
  readonly stored: ChainRecord
  readonly details: CertificateDetails
}

/** Undefined: there is no certificate yet, or the store has lost it. @throws CodedError `STORE_UNAVAILABLE` */
export async function readStored(
  records: VersionRecords,
  account: AccountId,
  version: Partial<VersionRecordIds> | undefined,
): Promise<StoredVersion | undefined> {
  const { versionId } = version ?? {}
  if (versionId === undefined) return undefined
  try {
    const stored = await records.readChain(account, { versionId })
    return { stored, details: certificateDetails(stored) }
  } catch (error) {
    // The rest of the view is still of use, and how else would anybody learn which certificate to replace?
    if (isCodedError(error) && error.code === 'STORE_DAMAGED') return undefined
    throw error
  }
}

/** In what the staged version is not a usual renewal of the one in use. */
export function compareStaged(
  current: CertificateVersion,
  ofCurrent: StoredVersion | undefined,
  ofStaged: StoredVersion,
): readonly VersionDifference[] {
  return versionDifferences(withNames(current, ofCurrent), comparedOf(ofStaged))
}

/**
 * The same for the answer to a change that has just staged it. Undefined: nothing is staged that could be compared, or
 * its certificate can't be read now, which does not make the change fail.
 */
export async function stagedDifferences(
  records: VersionRecords,
  account: AccountId,
  { current, staged }: Certificate,
): Promise<readonly VersionDifference[] | undefined> {
  if (!staged || isRequested(staged)) return undefined
  return compareWithCurrent(records, account, { current, idle: staged }, versionDifferences)
}

/** How the version in use differs from the one that a change has just replaced. */
export async function replacedDifferences(
  records: VersionRecords,
  account: AccountId,
  { current, previous }: Certificate,
): Promise<readonly VersionDifference[] | undefined> {
  const versions = { current, idle: previous }
  return compareWithCurrent(records, account, versions, (inUse, before) => versionDifferences(before, inUse))
}

interface Versions {
  readonly current: CertificateVersion | undefined
  readonly idle: VersionRecordIds | undefined
}

async function compareWithCurrent(
  records: VersionRecords,
  account: AccountId,
  { current, idle }: Versions,
  compare: typeof versionDifferences,
): Promise<readonly VersionDifference[] | undefined> {
  if (!current || !idle) return undefined
  return unlessUnavailable(async () => {
    const read = (version: VersionRecordIds) => readStored(records, account, version)
    const [ofCurrent, ofIdle] = await Promise.all([read(current), read(idle)])
    return ofIdle && compare(withNames(current, ofCurrent), comparedOf(ofIdle))
  })
}

/** A change that is made does not fail because its answer can't say all. */
async function unlessUnavailable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (isCodedError(error) && error.code === 'STORE_UNAVAILABLE') return undefined
    throw error
  }
}

/** Undefined: its certificate is gone. @throws CodedError `STORE_UNAVAILABLE` */
export async function subjectAltNamesOf(
  records: VersionRecords,
  account: AccountId,
  version: VersionRecordIds,
): Promise<readonly string[] | undefined> {
  return (await readStored(records, account, version))?.details.subjectAltNames
}

/** What the account keeps of the version in use, and its names. */
function withNames(current: CertificateVersion, stored: StoredVersion | undefined): ComparedVersion {
  return { ...current, subjectAltNames: stored?.details.subjectAltNames }
}

function comparedOf({ stored, details: { subjectAltNames } }: StoredVersion): ComparedVersion {
  return { ...describeChain(stored, new Date()).facts, subjectAltNames }
}
