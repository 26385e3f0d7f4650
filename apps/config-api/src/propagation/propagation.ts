import type { Presence, ServedRevision } from '@mtls-gateway/coordination'
import { type AccountId, type CertificateId, certificatePending, findCertificate } from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'

/** How far the version of a certificate that is in use has got (docs/propagation.md). */
export interface PropagationView {
  /** The account's revision that made this version current. */
  readonly revision: number
  /** Every live forwarder presents it, and there is one. */
  readonly complete: boolean
  readonly instances: readonly InstanceView[]
}

export interface InstanceView {
  readonly instance: string
  readonly startedAt: string
  /**
   * The least revision of the account that a call starting now gets; null: without a copy it reads the account first.
   */
  readonly revision: number | null
  /** When it began to serve that revision. */
  readonly since: string | null
  readonly current: boolean
}

/** Tells which forwarders serve the version of a certificate that is in use. */
export class Propagation {
  readonly #writer: AccountWriter
  readonly #presence: Presence

  constructor(writer: AccountWriter, presence: Presence) {
    this.#writer = writer
    this.#presence = presence
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE`, `COORDINATION_UNAVAILABLE` */
  async of(account: AccountId, id: CertificateId): Promise<PropagationView> {
    const { currentSince } = findCertificate(await this.#writer.read(account), id)
    if (currentSince === undefined) throw certificatePending()
    const served = await this.#presence.ofAccount(account)
    const instances = served
      .filter(({ service }) => service === 'forwarder-api')
      .map((instance) => viewInstance(instance, currentSince))
      .sort((one, other) => one.startedAt.localeCompare(other.startedAt))
    // That nobody answers is no proof: one that Redis has lost sight of may still have calls.
    const complete = instances.length > 0 && instances.every(({ current }) => current)
    return { revision: currentSince, complete, instances }
  }
}

function viewInstance(served: ServedRevision, currentSince: number): InstanceView {
  const { instance, startedAt, revision, since } = served
  return {
    instance,
    startedAt,
    revision: revision ?? null,
    since: since === undefined ? null : new Date(since).toISOString(),
    current: revision === undefined || revision >= currentSince,
  }
}
