import type { ForwarderInstance, Propagation as PropagationView } from '@mtls-gateway/contract'
import type { Presence, ServedRevision } from '@mtls-gateway/coordination'
import { type AccountId, type CertificateId, certificatePending, findCertificate } from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'

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
    // An empty list proves nothing: a forwarder that Redis has lost sight of may still serve calls.
    const complete = instances.length > 0 && instances.every(({ current }) => current)
    return { revision: currentSince, complete, instances }
  }
}

function viewInstance(served: ServedRevision, currentSince: number): ForwarderInstance {
  const { instance, startedAt, revision, since } = served
  return {
    instance,
    startedAt,
    revision: revision ?? null,
    since: since === undefined ? null : new Date(since).toISOString(),
    current: revision === undefined || revision >= currentSince,
  }
}
