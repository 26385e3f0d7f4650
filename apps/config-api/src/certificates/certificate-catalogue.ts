import type { CertificateDetails, CertificateQuery, Certificate as CertificateView } from '@mtls-gateway/contract'
import type { Usage } from '@mtls-gateway/coordination'
import {
  type AccountId,
  type Certificate,
  type CertificateId,
  type CommandContext,
  certificatePending,
  deleteCertificate,
  findCertificate,
  type RecordId,
  versionsOf,
} from '@mtls-gateway/domain'
import { convertInTurns, filterInTurns } from '@mtls-gateway/event-loop'
import { type AccountWriter, recordsOfVersion } from '@mtls-gateway/registry'
import { recordFolder, type SecretStore } from '@mtls-gateway/secret-store'
import type { Versioned } from '../http/entity-tag.ts'
import { type Page, pageOf, readLimit } from '../http/page.ts'
import { usageWherePossible } from '../usage/usage-where-possible.ts'
import { lacksChain, withDetails } from './certificate-details.ts'
import { certificateFilter } from './certificate-filter.ts'
import { type CertificateViewFacts, viewCertificate, viewSaved } from './certificate-view.ts'
import { expiringCertificates } from './expiring-certificates.ts'
import { presentKeys } from './versions/present-keys.ts'
import type { VersionRecords } from './versions/version-records.ts'

/** The certificates of an account, always read from the store. */
export class CertificateCatalogue {
  readonly #writer: AccountWriter
  readonly #store: SecretStore
  readonly #records: VersionRecords
  readonly #usage: Usage

  constructor(writer: AccountWriter, store: SecretStore, records: VersionRecords, usage: Usage) {
    this.#writer = writer
    this.#store = store
    this.#records = records
    this.#usage = usage
  }

  async list(account: AccountId, query: CertificateQuery): Promise<Versioned<Page<CertificateView>>> {
    const [{ certificates, revision }, keyIds] = await Promise.all([
      this.#writer.read(account),
      this.#store.list(recordFolder('keys', account)),
    ])
    const present = new Set<string>(keyIds)
    const facts = { siteId: account, hasKey: (keyId: RecordId) => present.has(keyId), now: Date.now() }
    const isAskedFor = certificateFilter(query, facts)
    const { expiringWithinDays } = query
    if (expiringWithinDays !== undefined) {
      const asked = await filterInTurns(certificates, isAskedFor)
      const items = await this.#expiring(account, asked, { ...query, expiringWithinDays }, facts)
      return { value: { items, next: undefined }, revision }
    }
    const { items, next } = await pageOf(certificates, query, ({ id }) => id, isAskedFor)
    const views = await convertInTurns(items, (certificate) => viewCertificate(certificate, facts))
    return { value: { items: views, next }, revision }
  }

  async #expiring(
    account: AccountId,
    certificates: readonly Certificate[],
    { expiringWithinDays, limit }: CertificateQuery & { readonly expiringWithinDays: number },
    facts: CertificateViewFacts,
  ): Promise<readonly CertificateView[]> {
    const used = await usageWherePossible(this.#usage, account)
    const expiring = expiringCertificates(certificates, expiringWithinDays, used, facts.now)
    const first = limit === undefined ? expiring : expiring.slice(0, readLimit(limit))
    return first.map(({ certificate, calls, lastUsedAt }) => ({
      ...viewCertificate(certificate, facts),
      usage: { calls, lastUsedAt: lastUsedAt === undefined ? null : new Date(lastUsedAt).toISOString() },
    }))
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND` */
  async get(account: AccountId, id: CertificateId): Promise<Versioned<CertificateDetails>> {
    const certificate = await this.#find(account, id)
    const described = await this.#describe(account, certificate)
    if (!lacksChain(described.value)) return described
    // Its version may have been replaced meanwhile, which takes the chain away.
    const now = await this.#find(account, id)
    return now.revision === certificate.revision ? described : this.#describe(account, now)
  }

  async #describe(account: AccountId, certificate: Certificate): Promise<Versioned<CertificateDetails>> {
    const present = await presentKeys(this.#writer, account, certificate)
    const facts = { siteId: account, hasKey: (keyId: RecordId) => present.has(keyId), now: Date.now() }
    const view = viewCertificate(certificate, facts)
    return { value: await withDetails(this.#records, account, certificate, view), revision: certificate.revision }
  }

  /**
   * Leaf, then chain, as PEM; never a private key.
   * @throws CodedError `CERTIFICATE_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE`
   */
  async download(account: AccountId, id: CertificateId): Promise<string> {
    const { current } = await this.#find(account, id)
    if (!current) throw certificatePending()
    const { leaf, chain } = await this.#records.readChain(account, current)
    return [leaf, ...chain].map((pem) => `${pem.trim()}\n`).join('')
  }

  /** The certificate as it was. @throws CodedError `CERTIFICATE_NOT_FOUND`, `CERTIFICATE_IN_USE` */
  async delete(account: AccountId, id: CertificateId, context: CommandContext): Promise<CertificateView> {
    const { result } = await this.#writer.change(account, context.changeId, deleteCertificate(context, id), {
      dropped: (deleted) => versionsOf(deleted).flatMap((version) => recordsOfVersion(account, version)),
    })
    return { ...viewSaved(account, result), deleted: true }
  }

  async #find(account: AccountId, id: CertificateId): Promise<Certificate> {
    return findCertificate(await this.#writer.read(account), id)
  }
}
