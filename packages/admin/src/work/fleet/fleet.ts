import {
  type Account,
  type AccountId,
  type Certificate,
  type CertificateId,
  type FleetFacts,
  fleetFacts,
  isCodedError,
  lastFailureOf,
  type Mapping,
} from '@mtls-gateway/domain'
import { AccountWriter, listAccounts } from '@mtls-gateway/registry'
import type { SecretStore } from '@mtls-gateway/secret-store'
import type { AdminContext } from '../../admin-context.ts'
import { existingStore } from '../existing-store.ts'

/** A certificate with a version in use. Times are ISO 8601. */
export interface FleetCertificate extends FleetFacts {
  readonly account: AccountId
  readonly id: CertificateId
  readonly name: string
  readonly subject: string
  readonly serialNumber: string
  readonly fingerprintSha256: string
  /** When the version in use came here. */
  readonly createdAt: string
  /** Whence its plan takes the next version; null: from an issuer, or there is no plan. */
  readonly source: string | null
  /** The code of the step that failed last. */
  readonly failure: string | null
}

export interface Fleet {
  readonly certificates: readonly FleetCertificate[]
  /** Accounts that could not be read. */
  readonly problems: readonly { readonly account: AccountId; readonly problem: string }[]
}

export interface OpenFleet {
  readonly writer: AccountWriter
  /** Reads all accounts, with a bar. @throws StoreError where they can't be listed */
  read(): Promise<Fleet>
}

/** Works on all accounts, by the login that may list them: that of garbage collection, if there is one. */
export async function withFleet(context: AdminContext, work: (fleet: OpenFleet) => Promise<void>): Promise<void> {
  const { service, environment } = context
  const configuration = (service.garbageConfiguration ?? service.readConfiguration)(environment)
  const store = await existingStore(context, configuration, configuration.secretStore)
  // Nothing that forwarders serve changes, so they need no notice.
  const writer = new AccountWriter({ store, changeFeed: { append: async () => {}, follow: neverFollowed } })
  try {
    await work({ writer, read: () => readFleet(context, store, writer) })
  } finally {
    await writer.close()
    await store.close()
  }
}

async function readFleet({ bar }: AdminContext, store: SecretStore, writer: AccountWriter): Promise<Fleet> {
  const accounts = await listAccounts(store, ['accounts'])
  const certificates: FleetCertificate[] = []
  const problems: { account: AccountId; problem: string }[] = []
  for (const [done, account] of accounts.entries()) {
    bar.show(done, accounts.length, `${done} of ${accounts.length} accounts`)
    try {
      certificates.push(...inFleet(await writer.read(account), Date.now()))
    } catch (error) {
      if (!isCodedError(error)) throw error
      problems.push({ account, problem: error.message })
    }
  }
  bar.clear()
  return { certificates, problems }
}

/** @param now milliseconds since 1970 */
function inFleet({ accountId, certificates, mappings }: Account, now: number): readonly FleetCertificate[] {
  const mappingsOf = Map.groupBy(mappings, ({ certificateId }) => certificateId)
  return certificates.flatMap((each) => describe(accountId, each, mappingsOf.get(each.id) ?? [], now) ?? [])
}

function describe(
  account: AccountId,
  certificate: Certificate,
  own: readonly Mapping[],
  now: number,
): FleetCertificate | undefined {
  const { id, name, current, plan } = certificate
  const facts = fleetFacts(certificate, own, now)
  if (!current || !facts) return undefined
  const { subject, serialNumber, fingerprintSha256, createdAt } = current
  return {
    ...{ account, id, name, subject, serialNumber, fingerprintSha256, createdAt },
    ...facts,
    source: plan?.source ?? null,
    failure: (plan && lastFailureOf(plan)?.code) ?? null,
  }
}

async function neverFollowed(): Promise<never> {
  throw new TypeError('a writer follows nothing')
}
