import type { Coordination } from '@mtls-gateway/coordination'
import { type AccountId, deleteAppKey, formatAppKey, isCodedError, type RecordId } from '@mtls-gateway/domain'
import { AccountWriter, newRecordId, type ValidAgain } from '@mtls-gateway/registry'
import type { SecretStore } from '@mtls-gateway/secret-store'

export interface RevokedAgain {
  readonly appKey: string
  /** Why it could not be deleted. */
  readonly problem?: string
}

/** Deletes app keys that a restore has brought back, as their tenants had: with a notice, and an entry in the audit. */
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
      if ('appKeyId' in one) outcomes.push(await revoke(writer, one.account, one.appKeyId))
    }
    return outcomes
  } finally {
    await writer.close()
  }
}

async function revoke(writer: AccountWriter, account: AccountId, id: RecordId): Promise<RevokedAgain> {
  const appKey = formatAppKey(account, id)
  const context = { changeId: newRecordId(), at: new Date().toISOString(), actor: 'mtls-admin', address: 'local' }
  try {
    await writer.change(account, context.changeId, deleteAppKey(context, id), {
      dropped: () => [{ kind: 'app-keys', accountId: account, id }],
    })
    return { appKey }
  } catch (error) {
    if (isCodedError(error)) return { appKey, problem: error.message }
    throw error
  }
}
