import type { Account } from '../account/account.ts'
import type { CommandContext } from '../account/command.ts'
import { invitationActor, openInvitations } from '../account/invitation.ts'
import { formatAppKey, parseAppKey } from '../callers/app-key-name.ts'
import type { RenewalPlan } from '../certificates/renewal-plan.ts'
import { auditedActor } from './next-account.ts'

/**
 * Who acts, with everybody by whom their credentials were made, up to a person. Undefined where the chain breaks, as
 * with an app key that was deleted: nobody can tell who is at its end.
 * @param actor as the audit has it
 */
export function makersOf(account: Account, actor: string, at: string): readonly string[] | undefined {
  const credential = credentialOf(account, actor, at)
  if (!credential) return isOfCredential(actor) ? undefined : [actor]
  const { createdBy } = credential
  const makers = createdBy === undefined ? undefined : makersOf(account, createdBy, at)
  return makers && [actor, ...makers]
}

/** The app key or invitation that the audit calls so. */
export function credentialOf(account: Account, actor: string, at: string) {
  const { accountId, appKeys } = account
  return (
    appKeys.find(({ id }) => auditedActor(formatAppKey(accountId, id)) === actor) ??
    openInvitations(account, at).find((invitation) => auditedActor(invitationActor(invitation)) === actor)
  )
}

/** In whose name a plan asks for approvals. Their credentials may be gone by then, so it notes who has made them. */
export function settersOf(
  account: Account,
  { actor, at }: Pick<CommandContext, 'actor' | 'at'>,
): Required<Pick<RenewalPlan, 'setBy'>> & Pick<RenewalPlan, 'madeBy'> {
  const setBy = auditedActor(actor)
  const [, ...madeBy] = makersOf(account, setBy, at) ?? []
  return { setBy, ...(madeBy.length > 0 && { madeBy }) }
}

/** No person is called so: a token's subject says which issuer it is of, or is a url. */
function isOfCredential(actor: string): boolean {
  return actor.startsWith('invitation ') || parseAppKey(actor) !== undefined
}
