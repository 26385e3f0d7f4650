import type {
  CreatedInvitation,
  DescribedInvitation,
  InvitationRequest,
  Invitation as InvitationView,
  PageQuery,
  RedeemedInvitation,
  RevokedInvitation,
} from '@mtls-gateway/contract'
import {
  type AccountId,
  type CommandContext,
  checkName,
  createInvitation,
  digestOf,
  findRedeemable,
  formatAppKey,
  type Invitation,
  invitationActor,
  invitationUnknown,
  redeemInvitation,
  revokeInvitation,
  type Scope,
} from '@mtls-gateway/domain'
import { type AccountWriter, newRecordId } from '@mtls-gateway/registry'
import { type AppKeyMacs, hasRightMac, newInvitationSecret, parseInvitationSecret } from '@mtls-gateway/request-auth'
import type { DeploymentMacKeys } from '../auth/deployment-mac-keys.ts'
import type { Versioned } from '../http/entity-tag.ts'
import { type Page, pageOf } from '../http/page.ts'

export interface InvitationRegistryParts {
  readonly writer: AccountWriter
  readonly macs: AppKeyMacs
  readonly macKeys: DeploymentMacKeys
  /** The console's base url, without a slash at the end. */
  readonly consoleUrl: string | undefined
}

/** The invitations of an account. Each secret is in one answer only; the account has its digest. */
export class InvitationRegistry {
  readonly #parts: InvitationRegistryParts

  constructor(parts: InvitationRegistryParts) {
    this.#parts = parts
  }

  async list(account: AccountId, query: PageQuery): Promise<Versioned<Page<InvitationView>>> {
    const { invitations = [], revision } = await this.#parts.writer.read(account)
    const page = await pageOf(invitations, query, { idOf: ({ id }) => id })
    return { value: { ...page, items: page.items.map(viewInvitation) }, revision }
  }

  /**
   * @param granted the scopes of whoever invites
   * @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`, and those of `createInvitation`
   */
  async create(
    accountId: AccountId,
    request: InvitationRequest,
    granted: ReadonlySet<Scope>,
    context: CommandContext,
  ): Promise<CreatedInvitation> {
    const { writer, macKeys, consoleUrl } = this.#parts
    const id = newRecordId()
    const code = newInvitationSecret('code', { accountId, id }, await macKeys.newest())
    const invitation = {
      id,
      label: checkName('label', request.label),
      scopes: [...new Set(request.scopes)],
      expiresAt: new Date(request.expiresAt).toISOString(),
      codeSha256: digestOf(code),
    }
    const command = createInvitation(context, invitation, granted)
    // Browsers send no fragment to anybody, so no server on the way logs the code.
    const link = consoleUrl === undefined ? null : `${consoleUrl}/invitation#code=${code}`
    const answer = (made: Invitation): CreatedInvitation => ({ ...viewInvitation(made), code, link })
    return answer((await writer.change(accountId, context.changeId, command, { answer })).result)
  }

  /** @throws CodedError `INVITATION_NOT_FOUND` */
  async revoke(account: AccountId, id: string, context: CommandContext): Promise<RevokedInvitation> {
    const { result } = await this.#parts.writer.change(account, context.changeId, revokeInvitation(context, id))
    const appKeys = result.appKeys.map((key) => ({ appKey: formatAppKey(account, key.id), label: key.label }))
    return { ...viewInvitation(result.invitation), appKeys }
  }

  /**
   * What redeeming the code would give. It stays valid.
   * @throws CodedError `INVITATION_UNKNOWN`, `INVITATION_VOID`
   */
  async describe(code: string): Promise<DescribedInvitation> {
    const { name, invitation } = await this.#find(code, new Date().toISOString())
    return describe(name.accountId, invitation)
  }

  /** @throws CodedError `INVITATION_UNKNOWN`, `INVITATION_VOID` */
  async redeem(code: string, address: string): Promise<RedeemedInvitation> {
    const { writer, macKeys } = this.#parts
    const at = new Date().toISOString()
    const { name, invitation } = await this.#find(code, at)
    const { accountId, id } = name
    const token = newInvitationSecret('token', name, await macKeys.newest())
    const context = { changeId: newRecordId(), at, actor: invitationActor(invitation), address }
    const command = redeemInvitation(context, id, { codeSha256: digestOf(code), tokenSha256: digestOf(token) })
    const { result } = await writer.change(accountId, context.changeId, command)
    return { token, ...describe(accountId, result) }
  }

  /** Without a genuine code it costs nothing but a MAC; with a void one, no turn among the account's changes. */
  async #find(code: string, at: string) {
    const { writer, macs } = this.#parts
    const name = parseInvitationSecret('code', code)
    if (name === undefined || !(await hasRightMac(code, macs))) throw invitationUnknown()
    const credentials = await writer.credentials(name.accountId)
    return { name, invitation: findRedeemable(credentials, name.id, digestOf(code), at) }
  }
}

function describe(accountId: AccountId, { scopes, expiresAt, label, createdBy }: Invitation): DescribedInvitation {
  return { accountId, scopes, expiresAt, label, invitedBy: createdBy }
}

function viewInvitation(invitation: Invitation): InvitationView {
  const { id, label, scopes, createdAt, createdBy, expiresAt, redeemedAt = null } = invitation
  return { id, label, scopes, createdAt, createdBy, expiresAt, redeemedAt }
}
