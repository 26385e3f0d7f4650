import type { ForwarderInstance, Propagation as PropagationView } from '@mtls-gateway/contract'
import type { Presence, ServedRevision } from '@mtls-gateway/coordination'
import {
  type Account,
  type AccountId,
  type CertificateId,
  certificatePending,
  findCertificate,
  type MappingId,
  namedMappings,
} from '@mtls-gateway/domain'
import type { AccountWriter, EpochWatch, StoreEpoch } from '@mtls-gateway/registry'

/** Tells which forwarders serve the version of a certificate that is in use. */
export class Propagation {
  readonly #writer: Pick<AccountWriter, 'read'>
  readonly #presence: Pick<Presence, 'ofAccount'>
  readonly #epochs: Pick<EpochWatch, 'current' | 'look'>

  constructor(
    writer: Pick<AccountWriter, 'read'>,
    presence: Pick<Presence, 'ofAccount'>,
    epochs: Pick<EpochWatch, 'current' | 'look'>,
  ) {
    this.#writer = writer
    this.#presence = presence
    this.#epochs = epochs
  }

  /**
   * @param mappingId undefined: of the version in use
   * @throws CodedError `CERTIFICATE_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE`, `MAPPING_NOT_OF_CERTIFICATE`,
   *   `COORDINATION_UNAVAILABLE`, `STORE_UNAVAILABLE`
   */
  async of(accountId: AccountId, id: CertificateId, mappingId?: MappingId): Promise<PropagationView> {
    const account = await this.#writer.read(accountId)
    const since = presentedSince(account, id, mappingId)
    const epoch = await this.#epoch()
    const served = (await this.#presence.ofAccount(accountId)).filter(({ service }) => service === 'forwarder-api')
    const newest = await this.#newestRevision(account, served)
    const isCurrent = (instance: ServedRevision) =>
      instance.hasAnswered && isOfEpoch(instance, epoch) && isBetween(instance.revision, since, newest)
    const instances = served
      .map((instance) => viewInstance(instance, isCurrent(instance)))
      .sort((one, other) => one.startedAt.localeCompare(other.startedAt))
    // An empty list proves nothing: a forwarder that Redis has lost sight of may still serve calls.
    const complete = instances.length > 0 && instances.every(({ current }) => current)
    return { revision: since, complete, instances }
  }

  /** As the store has it now. A login that may not read it yet has never known one. */
  async #epoch(): Promise<StoreEpoch | undefined> {
    try {
      return await this.#epochs.look()
    } catch (error) {
      if (this.#epochs.current !== undefined) throw error
      return undefined
    }
  }

  /** The account may have been changed since it was read. */
  async #newestRevision({ accountId, revision }: Account, served: readonly ServedRevision[]): Promise<number> {
    if (served.every((instance) => (instance.revision ?? 0) <= revision)) return revision
    return (await this.#writer.read(accountId)).revision
  }
}

/** The account's revision since when calls present what they do; any change of a mapping counts. */
function presentedSince(account: Account, id: CertificateId, mappingId: MappingId | undefined): number {
  const { currentSince } = findCertificate(account, id)
  if (currentSince === undefined) throw certificatePending()
  if (mappingId === undefined) return currentSince
  const revisions = namedMappings(account, id, [mappingId]).map(({ pinned, revision }) =>
    pinned === undefined ? Math.max(currentSince, revision) : revision,
  )
  return Math.max(...revisions)
}

/** A forwarder of a release that knows of no epochs is taken at its word as long as the store was never restored. */
function isOfEpoch(served: ServedRevision, epoch: StoreEpoch | undefined): boolean {
  if (epoch === undefined || served.epoch === epoch.id) return true
  return served.epoch === undefined && epoch.previous === undefined
}

/** Without a copy, a call reads the account first. What is newer than the store is of a state that it had once. */
function isBetween(revision: number | undefined, oldest: number, newest: number): boolean {
  return revision === undefined || (revision >= oldest && revision <= newest)
}

function viewInstance({ instance, startedAt, revision, since }: ServedRevision, current: boolean): ForwarderInstance {
  return {
    instance,
    startedAt,
    revision: revision ?? null,
    since: since === undefined ? null : new Date(since).toISOString(),
    current,
  }
}
