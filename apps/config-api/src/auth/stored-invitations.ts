import type { Invitation } from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { InvitationName, InvitationSource } from '@mtls-gateway/request-auth'

/** Invitations as the store has them now: config-api caches nothing, so what is revoked stops at every instance. */
export class StoredInvitations implements InvitationSource {
  readonly #writer: AccountWriter

  constructor(writer: AccountWriter) {
    this.#writer = writer
  }

  async find({ accountId, id }: InvitationName): Promise<Invitation | undefined> {
    const { invitations = [] } = await this.#writer.credentials(accountId)
    return invitations.find((candidate) => candidate.id === id)
  }
}
