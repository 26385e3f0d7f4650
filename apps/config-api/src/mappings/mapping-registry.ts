import type { MappingQuery, MappingRequest, Mapping as MappingView } from '@mtls-gateway/contract'
import type { MappingOutcome } from '@mtls-gateway/coordination'
import {
  type Account,
  type AccountId,
  activateMapping,
  type Certificate,
  type Command,
  type CommandContext,
  createMappings,
  deleteMapping,
  type Mapping,
  type MappingId,
  mappingNotFound,
  presentedVersion,
  type ServiceCatalogue,
  updateMappings,
} from '@mtls-gateway/domain'
import { convertInTurns, filterInTurns } from '@mtls-gateway/event-loop'
import type { AccountWriter, Changed } from '@mtls-gateway/registry'
import { newMappingIds } from '../changes/new-ids.ts'
import type { Versioned } from '../http/entity-tag.ts'
import { isByLastUse, orderBy, type SortValues } from '../http/list-order.ts'
import { type Page, pageOf } from '../http/page.ts'
import type { LastCallsReader } from './last-calls.ts'
import { mappingFilter } from './mapping-filter.ts'
import type { MappingRequestReader, RequestedActivation } from './mapping-request.ts'
import { viewMapping } from './mapping-view.ts'
import type { RequestedAuth } from './target-auth-request.ts'
import { type StoredAuths, type TargetSecrets, targetSecretRecords } from './target-secrets.ts'
import type { RequestedTrust } from './target-trust-request.ts'
import { recordsOf, type StoredTrusts, type TrustRecords } from './trust-records.ts'

export interface MappingRegistryParts {
  readonly writer: AccountWriter
  readonly services: ServiceCatalogue
  readonly reader: MappingRequestReader
  readonly trusts: TrustRecords
  readonly secrets: TargetSecrets
  readonly lastCalls: LastCallsReader
}

interface StorableParts {
  readonly targetTrust: RequestedTrust | null | undefined
  readonly targetAuth?: RequestedAuth | null | undefined
}

type Stored = StoredAuths & StoredTrusts

const nothingStored: Stored = { trusts: [], records: new Map(), auths: [], secretIds: [] }

/** The mappings of an account. A list is saved completely or not at all. */
export class MappingRegistry {
  readonly #writer: AccountWriter
  readonly #services: ServiceCatalogue
  readonly #reader: MappingRequestReader
  readonly #trusts: TrustRecords
  readonly #secrets: TargetSecrets
  readonly #lastCalls: LastCallsReader

  constructor({ writer, services, reader, trusts, secrets, lastCalls }: MappingRegistryParts) {
    this.#writer = writer
    this.#services = services
    this.#reader = reader
    this.#trusts = trusts
    this.#secrets = secrets
    this.#lastCalls = lastCalls
  }

  /** @throws CodedError `UNKNOWN_SERVICE`, `LIMIT_EXCEEDED`, `CURSOR_UNKNOWN` */
  async list(accountId: AccountId, query: MappingQuery): Promise<Versioned<Page<MappingView>>> {
    const isAskedFor = mappingFilter(query, this.#services)
    const { mappings, certificates, revision } = await this.#writer.read(accountId)
    const { sort } = query
    const idOf = ({ id }: Mapping) => id
    // A list by last use needs to know it of all mappings, each other one of those on the page.
    const outcomes = isByLastUse(sort)
      ? await this.#lastCalls.of(accountId, (await filterInTurns(mappings, isAskedFor)).map(idOf))
      : undefined
    const order = sort && orderBy(sort, sortValues(certificates, outcomes))
    const page = await pageOf(mappings, query, { idOf, isAskedFor, order })
    const views = await this.#view(accountId, page.items)
    return { value: { ...page, items: await this.#lastCalls.addTo(accountId, views, outcomes) }, revision }
  }

  /** @throws CodedError `MAPPING_NOT_FOUND` */
  async get(account: AccountId, id: MappingId): Promise<Versioned<MappingView>> {
    const { mappings } = await this.#writer.read(account)
    const mapping = mappings.find((candidate) => candidate.id === id)
    if (!mapping) throw mappingNotFound(id)
    const [view] = await this.#lastCalls.addTo(account, [await this.#viewOne(account, mapping)])
    return { value: view, revision: mapping.revision }
  }

  /** @throws CodedError with every fault by index */
  async create(
    account: AccountId,
    bodies: readonly MappingRequest[],
    context: CommandContext,
  ): Promise<readonly MappingView[]> {
    const requests = await this.#reader.readNew(account, bodies, newMappingIds(context.changeId))
    const stored = await this.#store(account, requests)
    const entries = requests.map((request, index) => ({
      ...request,
      targetTrust: stored.trusts[index] ?? undefined,
      targetAuth: stored.auths[index] ?? undefined,
    }))
    const changed = await this.#change(account, context, createMappings(context, entries), stored)
    await this.#settle(changed.account, stored, [])
    return this.#view(account, changed.result)
  }

  /** @throws CodedError with every fault by index */
  async update(
    account: AccountId,
    bodies: readonly MappingRequest[],
    context: CommandContext,
  ): Promise<readonly MappingView[]> {
    const requests = await this.#reader.readUpdates(account, bodies)
    const stored = await this.#store(account, requests)
    const updates = requests.map((request, index) => ({
      ...request,
      targetTrust: stored.trusts[index],
      targetAuth: stored.auths[index],
    }))
    const changed = await this.#change(account, context, updateMappings(context, updates), stored)
    const mappings = changed.result.map(({ mapping }) => mapping)
    const deleted = new Set(changed.result.flatMap((updated) => (updated.deleted ? [updated.mapping.id] : [])))
    // Before it is settled: the answer to a deletion has the CA certificates that go with the mapping.
    const views = await this.#view(account, mappings, deleted)
    const before = changed.result.map((updated) => updated.before)
    await this.#settle(changed.account, stored, before)
    return views
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `MAPPING_ALREADY_EXISTS` */
  async activate(account: AccountId, activation: RequestedActivation, context: CommandContext): Promise<MappingView> {
    const stored = await this.#store(account, [activation])
    const activated = { ...activation, targetTrust: stored.trusts[0] }
    const command = activateMapping(context, newMappingIds(context.changeId)(), activated)
    const changed = await this.#change(account, context, command, stored)
    const { mapping, before } = changed.result
    await this.#settle(changed.account, stored, before ? [before] : [])
    return this.#viewOne(account, mapping)
  }

  /** The mapping as it was. @throws CodedError `MAPPING_NOT_FOUND` */
  async delete(account: AccountId, id: MappingId, context: CommandContext): Promise<MappingView> {
    const changed = await this.#writer.change(account, context.changeId, deleteMapping(context, id))
    const view = await this.#viewOne(account, changed.result, true)
    await this.#settle(changed.account, nothingStored, [changed.result])
    return view
  }

  #change<Result>(
    account: AccountId,
    context: CommandContext,
    command: Command<Result>,
    { records, secretIds }: Stored,
  ): Promise<Changed<Result>> {
    const written = [...recordsOf(account, records.keys()), ...targetSecretRecords(account, secretIds)]
    return this.#writer.change(account, context.changeId, command, { written })
  }

  /** What a request has of records, before the account names them. */
  async #store(account: AccountId, requests: readonly StorableParts[]): Promise<Stored> {
    const [trusts, auths] = await Promise.all([
      this.#trusts.store(
        account,
        requests.map(({ targetTrust }) => targetTrust),
      ),
      this.#secrets.store(
        account,
        requests.map(({ targetAuth }) => targetAuth),
      ),
    ])
    return { ...trusts, ...auths }
  }

  /** Purges what nothing refers to any more. */
  async #settle(account: Account, stored: Stored, before: readonly Mapping[]): Promise<void> {
    await this.#trusts.settle(account, stored, { mappings: before })
    await this.#secrets.settle(account, stored.secretIds, before)
  }

  /** In the form of the API. @throws CodedError `STORE_UNAVAILABLE` */
  async #viewOne(siteId: AccountId, mapping: Mapping, deleted = false): Promise<MappingView> {
    return viewMapping(mapping, { siteId, caCertificates: await this.#trusts.read(siteId, [mapping]), deleted })
  }

  async #view(
    siteId: AccountId,
    mappings: readonly Mapping[],
    deleted: ReadonlySet<MappingId> = new Set(),
  ): Promise<readonly MappingView[]> {
    const caCertificates = await this.#trusts.read(siteId, mappings)
    return convertInTurns(mappings, (mapping) =>
      viewMapping(mapping, { siteId, caCertificates, deleted: deleted.has(mapping.id) }),
    )
  }
}

/** A mapping expires with what it presents. */
function sortValues(
  certificates: readonly Certificate[],
  outcomes: ReadonlyMap<MappingId, MappingOutcome> = new Map(),
): SortValues<Mapping> {
  const byId = new Map(certificates.map((certificate) => [certificate.id, certificate]))
  return {
    nameOf: ({ name }) => name,
    expiresAt: (mapping) => {
      const certificate = byId.get(mapping.certificateId)
      const version = certificate && presentedVersion(mapping, certificate)
      return version === undefined ? Number.POSITIVE_INFINITY : Date.parse(version.notAfter)
    },
    lastUsedAt: ({ id }) => {
      const { succeededAt = 0, failure } = outcomes.get(id) ?? {}
      return Math.max(succeededAt, failure?.at ?? 0)
    },
  }
}
