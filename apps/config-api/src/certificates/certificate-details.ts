import type {
  CertificateDetails as CertificateDetailsView,
  Certificate as CertificateView,
} from '@mtls-gateway/contract'
import type { AccountId, Certificate, VersionRecordIds } from '@mtls-gateway/domain'
import type { CertificateDetails } from '@mtls-gateway/key-material'
import { compareStaged, readStored } from './versions/version-comparison.ts'
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
  const differences = current && ofStaged && compareStaged(current, ofCurrent, ofStaged)
  const details = { ...(ofStaged?.details ?? nothing), ...(differences && { differences }) }
  return {
    ...view,
    ...(ofCurrent?.details ?? nothing),
    ...(stagedView && { staged: { ...stagedView, ...details } }),
  }
}

/** Whether there is a certificate of which the store has no chain. */
export function lacksChain({ fingerprintSha256, chain, staged }: CertificateDetailsView): boolean {
  return [{ fingerprintSha256, chain }, ...(staged ? [staged] : [])].some(
    (version) => version.fingerprintSha256 !== null && version.chain.length === 0,
  )
}
