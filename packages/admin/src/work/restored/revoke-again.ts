import type { Coordination } from '@mtls-gateway/coordination'
import {
  type AccountId,
  type CertificateId,
  type CommandContext,
  deleteAppKey,
  formatAppKey,
  isCodedError,
  type RecordId,
  revokeHandover,
  revokeInvitation,
} from '@mtls-gateway/domain'
import { AccountWriter, newRecordId, type ValidAgain } from '@mtls-gateway/registry'
import type { SecretStore } from '@mtls-gateway/secret-store'

/** An app key, an invitation, or a handover. */
export type RevokedAgain = (
  | { readonly appKey: string }
  | { readonly account: AccountId; readonly invitation: string }
  | { readonly account: AccountId; readonly handover: string }
) & {
  /** Why it could not be deleted. */
  readonly problem?: string
}

/**
 * Deletes app keys, invitations and handovers that a restore has brought back, as their tenants had: with a notice, and
 * an entry in the audit. An invitation is one too whose code was redeemed: the token that was handed out for it is lost
 * anyway.
 */
export async function revokeAgain(
  store: SecretStore,
  { changeFeed }: Coordination,
  epoch: string,
  validAgain: readonly ValidAgain[],
): Promise<readonly RevokedAgain[]> {
  const epochs = { current: epoch, onChanged: () => {} }
  const writer = new AccountWriter({ store, changeFeed, epochs })
  const outcomes: RevokedAgain[] = []
  try {
    for (const one of validAgain) {
      if ('appKeyId' in one) {
        const appKey = formatAppKey(one.account, one.appKeyId)
        outcomes.push({ appKey, ...(await problemOf(() => dropAppKey(writer, one.account, one.appKeyId))) })
      } else if ('invitationId' in one) {
        const { account, invitationId: invitation } = one
        outcomes.push({ account, invitation, ...(await problemOf(() => dropInvitation(writer, account, invitation))) })
      } else if ('handoverId' in one) {
        const { account, handoverId: handover, certificateId } = one
        const drop = () => dropHandover(writer, account, certificateId, handover)
        outcomes.push({ account, handover, ...(await problemOf(drop)) })
      }
    }
    return outcomes
  } finally {
    await writer.close()
  }
}

async function dropAppKey(writer: AccountWriter, account: AccountId, id: RecordId): Promise<void> {
  const context = newContext()
  await writer.change(account, context.changeId, deleteAppKey(context, id), {
    dropped: () => [{ kind: 'app-keys', accountId: account, id }],
  })
}

async function dropInvitation(writer: AccountWriter, account: AccountId, id: RecordId): Promise<void> {
  const context = newContext()
  try {
    await writer.change(account, context.changeId, revokeInvitation(context, id))
  } catch (error) {
    // It went with the one by which it was made, or has expired.
    if (!isCodedError(error) || error.code !== 'INVITATION_NOT_FOUND') throw error
  }
}

async function dropHandover(
  writer: AccountWriter,
  account: AccountId,
  certificateId: CertificateId,
  id: RecordId,
): Promise<void> {
  const context = newContext()
  await writer.change(account, context.changeId, revokeHandover(context, certificateId, id))
}

function newContext(): CommandContext {
  return { changeId: newRecordId(), at: new Date().toISOString(), actor: 'mtls-admin', address: 'local' }
}

async function problemOf(work: () => Promise<void>): Promise<{ readonly problem?: string }> {
  try {
    await work()
    return {}
  } catch (error) {
    if (isCodedError(error)) return { problem: error.message }
    throw error
  }
}
