import {
  type CertificateDetails,
  type CertificateFilters,
  type CertificateQuery,
  type CertificateSummary,
  type Certificate as CertificateView,
  limits,
} from '@mtls-gateway/contract'
import type { SubjectUsage, Usage } from '@mtls-gateway/coordination'
import {
  type Account,
  type AccountId,
  type Certificate,
  type CertificateId,
  type CommandContext,
  certificatePending,
  certificateUse,
  countFleet,
  deleteCertificate,
  endOf,
  type FleetCount,
  type FleetFacts,
  findCertificate,
  fleetFacts,
  type RecordId,
  versionsOf,
} from '@mtls-gateway/domain'
import { convertInTurns, filterInTurns } from '@mtls-gateway/event-loop'
import { type AccountWriter, recordsOfVersion } from '@mtls-gateway/registry'
import type { Versioned } from '../http/entity-tag.ts'
import { orderBy, type SortValues } from '../http/list-order.ts'
import { type Page, pageOf, readLimit } from '../http/page.ts'
import { usageWherePossible } from '../usage/usage-where-possible.ts'
import { lacksChain, withDetails } from './certificate-details.ts'
import { certificateFilter } from './certificate-filter.ts'
import { viewCertificate, viewPromotion, viewSaved } from './certificate-view.ts'
import { viewPlans } from './plan-view.ts'
import { presentKeys } from './versions/present-keys.ts'
import type { VersionRecords } from './versions/version-records.ts'

/** The certificates of an account, always read from the store. */
export class CertificateCatalogue {
  readonly #writer: AccountWriter
  readonly #records: VersionRecords
  readonly #usage: Usage

  constructor(writer: AccountWriter, records: VersionRecords, usage: Usage) {
    this.#writer = writer
    this.#records = records
    this.#usage = usage
  }

  async list(account: AccountId, query: CertificateQuery): Promise<Versioned<Page<CertificateView>>> {
    const { expiringWithinDays, sort } = query
    const needsUsage = expiringWithinDays !== undefined || sort !== undefined
    const [{ certificates, mappings, revision }, keyIds, used] = await Promise.all([
      this.#writer.read(account),
      this.#writer.records.list('keys', account),
      needsUsage ? usageWherePossible(this.#usage, account) : undefined,
    ])
    const present = new Set<string>(keyIds)
    const facts = { siteId: account, hasKey: (keyId: RecordId) => present.has(keyId), now: Date.now() }
    const isAskedFor = certificateFilter(query, facts, mappings)
    const page =
      expiringWithinDays !== undefined && sort === undefined
        ? await mostUsed(certificates, query, isAskedFor, used)
        : await pageOf(certificates, query, {
            idOf: ({ id }) => id,
            isAskedFor,
            order: sort && orderBy(sort, sortValues(used)),
          })
    const planIn = viewPlans(mappings)
    const items = await convertInTurns(page.items, (certificate) => ({
      ...viewCertificate(certificate, facts),
      ...planIn(certificate),
      ...(used && { usage: viewUsage(used.get(certificateUse(certificate.id))) }),
    }))
    return { value: { ...page, items }, revision }
  }

  /** How many certificates in use fit the filters. */
  async summary(account: AccountId, filters: CertificateFilters): Promise<Versioned<CertificateSummary>> {
    const [{ certificates, mappings, revision }, keyIds] = await Promise.all([
      this.#writer.read(account),
      filters.status === undefined ? [] : this.#writer.records.list('keys', account),
    ])
    const present = new Set<string>(keyIds)
    const facts = { hasKey: (keyId: RecordId) => present.has(keyId), now: Date.now() }
    const asked = await filterInTurns(certificates, certificateFilter(filters, facts, mappings))
    const own = Map.groupBy(mappings, ({ certificateId }) => certificateId)
    const fleet = await convertInTurns(asked, (each) => fleetFacts(each, own.get(each.id) ?? [], facts.now))
    return { value: viewSummary(fleet.filter((each) => each !== undefined)), revision }
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND` */
  async get(account: AccountId, id: CertificateId): Promise<Versioned<CertificateDetails>> {
    const read = await this.#writer.read(account)
    const described = await this.#describe(read, id)
    if (!lacksChain(described.value)) return described
    // Its version may have been replaced meanwhile, which takes the chain away.
    const now = await this.#writer.read(account)
    return findCertificate(now, id).revision === described.revision ? described : this.#describe(now, id)
  }

  async #describe(
    { accountId: account, certificates, mappings }: Pick<Account, 'accountId' | 'certificates' | 'mappings'>,
    id: CertificateId,
  ): Promise<Versioned<CertificateDetails>> {
    const certificate = findCertificate({ certificates }, id)
    const present = await presentKeys(this.#writer, account, certificate)
    const facts = { siteId: account, hasKey: (keyId: RecordId) => present.has(keyId), now: Date.now() }
    const view = {
      ...viewCertificate(certificate, facts),
      ...viewPromotion(certificate, mappings),
      ...viewPlans(mappings)(certificate),
    }
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

function viewSummary(fleet: readonly FleetFacts[]): CertificateSummary {
  const { issuers, keyTypes, plans, months, ...counts } = countFleet(fleet)
  return {
    ...counts,
    issuers: named(issuers, (issuer) => ({ issuer })),
    keyTypes: named(keyTypes, (keyType) => ({ keyType })),
    plans: named(plans, (plan) => ({ plan })),
    months: named(months, (month) => ({ month })),
  }
}

function named<Key, Name>(
  counted: readonly (readonly [Key, FleetCount])[],
  nameOf: (key: Key) => Name,
): (Name & FleetCount)[] {
  return counted.slice(0, limits.fleetCounts).map(([key, counts]) => ({ ...nameOf(key), ...counts }))
}

type Used = Awaited<ReturnType<typeof usageWherePossible>>

function sortValues(used: Used): SortValues<Certificate> {
  return {
    nameOf: ({ name }) => name,
    expiresAt: endOf,
    lastUsedAt: ({ id }) => used?.get(certificateUse(id))?.lastUsedAt ?? 0,
  }
}

/** Those with the most traffic first, then those that expire first; `limit` has no next page. */
async function mostUsed(
  certificates: readonly Certificate[],
  { limit }: CertificateQuery,
  isAskedFor: (certificate: Certificate) => boolean,
  used: Used,
): Promise<Page<Certificate>> {
  const asked = await filterInTurns(certificates, isAskedFor)
  const callsOf = ({ id }: Certificate) => used?.get(certificateUse(id))?.calls ?? 0
  const sorted = asked.toSorted((one, other) => callsOf(other) - callsOf(one) || endOf(one) - endOf(other))
  const items = limit === undefined ? sorted : sorted.slice(0, readLimit(limit))
  return { items, next: undefined, total: asked.length }
}

function viewUsage(usage: SubjectUsage | undefined): NonNullable<CertificateView['usage']> {
  const { calls = 0, lastUsedAt } = usage ?? {}
  return { calls, lastUsedAt: lastUsedAt === undefined ? null : new Date(lastUsedAt).toISOString() }
}
