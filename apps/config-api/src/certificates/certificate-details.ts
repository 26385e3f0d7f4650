import type {
  CertificateDetails as CertificateDetailsView,
  Certificate as CertificateView,
} from '@mtls-gateway/contract'
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
import type { VersionRecords } from './versions/version-records.ts'

/** For a version that has no certificate yet, or whose certificate the store has lost. */
const nothing: CertificateDetails = { subjectAltNames: [], keyUsage: [], extendedKeyUsage: [], chain: [] }

/**
 * Adds what only the certificates themselves say: of the version in use, and of the staged one.
 * @throws CodedError `STORE_UNAVAILABLE`
 */
export async function withDetails(
  records: VersionRecords,
  account: AccountId,
  { current, staged }: Certificate,
  { staged: stagedView, ...view }: CertificateView,
): Promise<CertificateDetailsView> {
  const read = (version: Partial<VersionRecordIds> | undefined) => readStored(records, account, version)
  const [ofCurrent, ofStaged] = await Promise.all([read(current), stagedView && read(staged)])
  const differences = current && ofStaged && versionDifferences(withNames(current, ofCurrent), comparedOf(ofStaged))
  const details = { ...(ofStaged?.details ?? nothing), ...(differences && { differences }) }
  return {
    ...view,
    ...(ofCurrent?.details ?? nothing),
    ...(stagedView && { staged: { ...stagedView, ...details } }),
  }
}

/**
 * In what the staged version, which a change has just made, is not a usual renewal of the one in use. Undefined: nothing
 * is staged that could be compared, or its certificate can't be read now, which does not make the change fail.
 */
export async function stagedDifferences(
  records: VersionRecords,
  account: AccountId,
  { current, staged }: Certificate,
): Promise<readonly VersionDifference[] | undefined> {
  if (!current || !staged || isRequested(staged)) return undefined
  return unlessUnavailable(async () => {
    const read = (version: VersionRecordIds) => readStored(records, account, version)
    const [ofCurrent, ofStaged] = await Promise.all([read(current), read(staged)])
    return ofStaged && versionDifferences(withNames(current, ofCurrent), comparedOf(ofStaged))
  })
}

/** The same of the version in use, from the one that a change has just replaced. */
export async function replacedDifferences(
  records: VersionRecords,
  account: AccountId,
  { current, previous }: Certificate,
): Promise<readonly VersionDifference[] | undefined> {
  if (!current || !previous) return undefined
  return unlessUnavailable(async () => {
    const read = (version: VersionRecordIds) => readStored(records, account, version)
    const [ofCurrent, ofPrevious] = await Promise.all([read(current), read(previous)])
    return ofPrevious && versionDifferences(comparedOf(ofPrevious), withNames(current, ofCurrent))
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

/** Whether there is a certificate of which the store has no chain. */
export function lacksChain({ fingerprintSha256, chain, staged }: CertificateDetailsView): boolean {
  return [{ fingerprintSha256, chain }, ...(staged ? [staged] : [])].some(
    (version) => version.fingerprintSha256 !== null && version.chain.length === 0,
  )
}

interface Stored {
  readonly stored: ChainRecord
  readonly details: CertificateDetails
}

/** What the account keeps of the version in use, and its names. */
function withNames(current: CertificateVersion, stored: Stored | undefined): ComparedVersion {
  return { ...current, subjectAltNames: stored?.details.subjectAltNames }
}

function comparedOf({ stored, details: { subjectAltNames } }: Stored): ComparedVersion {
  return { ...describeChain(stored, new Date()).facts, subjectAltNames }
}

/** Undefined: there is no certificate yet, or the store has lost it. */
async function readStored(
  records: VersionRecords,
  account: AccountId,
  version: Partial<VersionRecordIds> | undefined,
): Promise<Stored | undefined> {
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
