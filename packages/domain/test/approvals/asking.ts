import {
  type Account,
  type Applied,
  type ApprovalRule,
  approvalActions,
  approveRequest,
  askForApproval,
  type Command,
  type CommandContext,
  changeSettings,
  contentOf,
  type Decider,
  parseRecordId,
  refuseRequest,
  type Scope,
} from '../../src/index.ts'
import { context } from '../account-fixtures.ts'
import { finished } from '../finished.ts'

export const requestId = parseRecordId('request-1')

export const everything: ApprovalRule = { actions: approvalActions, scope: 'mtls:admin', expiresAfterDays: 3 }

/** Sets what needs a second person; the first time, that needs nobody. */
export function ruled(rule: Partial<ApprovalRule> = {}): Command<unknown> {
  return changeSettings(context('rule'), { approvals: { ...everything, ...rule } })
}

/** Later than whatever was there before. */
export const askedAt = '2026-01-02T05:00:00.000Z'

export function by(actor: string, changeId = 'change-of-somebody', at = askedAt): CommandContext {
  return { ...context(changeId), actor, at }
}

export function person(subject: string, scopes: readonly Scope[] = ['mtls:read', 'mtls:write', 'mtls:admin']): Decider {
  return { subject, scopes: new Set(scopes), isPerson: true, isOperator: false }
}

/** What is asked for instead of a change; undefined: it may be made. */
export function asked(account: Account, command: Command<unknown>, id = requestId) {
  return finished(askForApproval(account, command(account), id))
}

/** @throws Error where the change needs nobody */
export function mustAsk(account: Account, command: Command<unknown>, id = requestId) {
  const request = asked(account, command, id)
  if (!request?.text) throw new Error('this needs nobody')
  return { ...request, text: request.text }
}

export function approve(text: string, decider: Decider, at = askedAt, id: string = requestId): Command<unknown> {
  return (account) => {
    const request = account.approvals?.find((each) => each.id === id)
    const content = request && finished(contentOf(request, text))
    return finished(approveRequest(by(decider.subject, 'approve', at), id, { decider, content })(account))
  }
}

export function refuse(decider: Decider, id: string = requestId): Command<unknown> {
  return refuseRequest(by(decider.subject, 'refuse'), id, { decider })
}

/** Why a change needs a second person. */
export function actionsOf(account: Account, command: Command<unknown>): readonly string[] {
  return asked(account, command)?.request.actions ?? []
}

/** The account as a command would leave it, without anybody's approval: what was there before a rule. */
export function unasked(account: Account, ...commands: readonly Command<unknown>[]): Account {
  return commands.reduce<Account>((before, command): Account => (command(before) as Applied<unknown>).account, account)
}
