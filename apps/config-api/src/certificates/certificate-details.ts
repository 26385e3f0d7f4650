import type {
  CertificateDetails as CertificateDetailsView,
  Certificate as CertificateView,
} from '@mtls-gateway/contract'
import { type AccountId, type Certificate, isCodedError, type VersionRecordIds } from '@mtls-gateway/domain'
import { type CertificateDetails, certificateDetails } from '@mtls-gateway/key-material'
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
  const read = (version: Partial<VersionRecordIds> | undefined) => readDetails(records, account, version)
  const [ofCurrent, ofStaged] = await Promise.all([read(current), stagedView && read(staged)])
  return { ...view, ...ofCurrent, ...(stagedView && { staged: { ...stagedView, ...(ofStaged ?? nothing) } }) }
}

/** Whether there is a certificate of which the store has no chain. */
export function lacksChain({ fingerprintSha256, chain, staged }: CertificateDetailsView): boolean {
  return [{ fingerprintSha256, chain }, ...(staged ? [staged] : [])].some(
    (version) => version.fingerprintSha256 !== null && version.chain.length === 0,
  )
}

async function readDetails(
  records: VersionRecords,
  account: AccountId,
  version: Partial<VersionRecordIds> | undefined,
): Promise<CertificateDetails> {
  const { versionId } = version ?? {}
  if (versionId === undefined) return nothing
  try {
    return certificateDetails(await records.readChain(account, { versionId }))
  } catch (error) {
    // The rest of the view is still of use, and how else would anybody learn which certificate to replace?
    if (isCodedError(error) && error.code === 'STORE_DAMAGED') return nothing
    throw error
  }
}
