import type { AppKey } from '../account/app-key.ts'
import type { Command, CommandContext } from '../account/command.ts'
import { CodedError } from '../errors/coded-error.ts'
import { maxAppKeys } from '../limits/limits.ts'
import { actingInvitation } from './acting-invitation.ts'
import { refuseOtherScopes } from './granted-scopes.ts'
import { auditedActor, type ChangeDescription, nextAccount } from './next-account.ts'

/**
 * A key may outlive the invitation of who makes it, so it is one for a service: it calls, and reads if its maker may.
 * @throws CodedError `TOO_MANY_APP_KEYS` (50 an account), `SCOPE_NOT_GRANTABLE`
 */
export function createAppKey(context: CommandContext, made: Omit<AppKey, 'createdBy'>): Command<AppKey> {
  const appKey: AppKey = { ...made, createdBy: auditedActor(context.actor) }
  return (account) => {
    const maker = actingInvitation(account, context)
    if (maker) {
      const readable = maker.scopes.filter((scope) => scope === 'mtls:read')
      refuseOtherScopes(appKey.scopes, ['forward', ...readable], 'An app key that is made by an invitation')
    }
    // Whoever may change things could map urls for any service.
    if (appKey.services) {
      refuseOtherScopes(appKey.scopes, ['forward', 'mtls:read'], 'An app key that is limited to services')
    }
    if (account.appKeys.length >= maxAppKeys) {
      throw new CodedError('TOO_MANY_APP_KEYS', `An account may have at most ${maxAppKeys} app keys.`, {
        details: { limit: maxAppKeys },
      })
    }
    const description: ChangeDescription = { action: 'app-keys.create', subjects: [`${appKey.id} ${appKey.label}`] }
    const appKeys = [...account.appKeys, appKey]
    return { account: nextAccount(account, context, description, { appKeys }), result: appKey, revoked: [] }
  }
}

/** @throws CodedError `APP_KEY_NOT_FOUND` */
export function deleteAppKey(context: CommandContext, id: string): Command<AppKey> {
  return (account) => {
    const appKey = account.appKeys.find((candidate) => candidate.id === id)
    if (!appKey)
      throw new CodedError('APP_KEY_NOT_FOUND', 'This account has no such app key. List them for their keys.')
    const description: ChangeDescription = { action: 'app-keys.delete', subjects: [`${appKey.id} ${appKey.label}`] }
    const appKeys = account.appKeys.filter((candidate) => candidate.id !== id)
    return { account: nextAccount(account, context, description, { appKeys }), result: appKey, revoked: [appKey.id] }
  }
}
