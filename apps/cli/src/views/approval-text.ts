import type { ApprovalRequest } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import type { ApprovalWaits } from '../http/approval-waits.ts'
import type { Output } from '../output.ts'
import { changesText } from './changes-text.ts'
import { detailLines } from './details.ts'
import { facts, readableTime } from './lines.ts'
import { secretNote } from './secret-note.ts'

type ListedState = Exclude<ApprovalRequest['state'], 'outdated'>

/** As a record, of which the compiler wants every state that lists have. */
const states: Readonly<Record<ListedState, true>> = {
  ...{ open: true, approved: true, refused: true, expired: true, overridden: true },
}
// What a record is made of is its keys.
export const approvalStates = Object.keys(states) as readonly ListedState[]

/** For a command whose change waits: the answer as it came with `--json`, else what is shown only now, and the rest. */
export function showWaiting({ approval, answer, text }: ApprovalWaits, output: Output): void {
  if (output.json) {
    output.jsonText(text)
    return
  }
  if (answer !== undefined) {
    output.text(detailLines({ ...answer }, '').join('\n'))
    output.complain(secretNote)
  }
  output.complain(waitingText(approval))
}

/** What waits, for whom, until when, and how to look at it. */
export function waitingText({ id, actions, operation, expiresAt, ...request }: ApprovalRequest): string {
  return [
    `Not done yet: ${operation} needs the approval of another person (${actions.join(', ')}).`,
    facts([
      ['request', id],
      ['waits for', approversText(request)],
      ['until', readableTime(expiresAt)],
    ]),
    `To see what would change: mtls approvals show ${id}. To approve it, they run: mtls approvals approve ${id}.`,
  ].join('\n')
}

export function approvalTable(requests: readonly ApprovalRequest[]): string {
  if (requests.length === 0) return 'There is no request.'
  const rows = requests.map((request) => {
    const { id, state, operation, actions, requestedBy, expiresAt } = request
    return [id, state, operation, subjectsText(request), actions.join(', '), requestedBy, readableTime(expiresAt)]
  })
  return table(['ID', 'STATE', 'OPERATION', 'SUBJECTS', 'NEEDS APPROVAL', 'REQUESTED BY', 'UNTIL'], rows)
}

export function approvalText(request: ApprovalRequest, colour: boolean): string {
  const { id, state, operation, actions, requestedBy, requestedAt, expiresAt, changes = [], mine } = request
  const { decidedBy, decidedAt, reason } = request
  return [
    facts([
      ['id', id],
      ['state', state],
      ['operation', operation],
      ['subjects', subjectsText(request)],
      ['needs approval', actions.join(', ')],
      ['requested by', requestedBy],
      ['requested at', readableTime(requestedAt)],
      ['waits for', isUndecided(state) ? `${approversText(request)}${mine ? ' (not you)' : ''}` : undefined],
      ['until', readableTime(expiresAt)],
      ['decided by', decidedBy ?? undefined],
      ['decided at', decidedAt ? readableTime(decidedAt) : undefined],
      ['reason', reason ?? undefined],
    ]),
    changesText(changes, colour),
  ].join('\n\n')
}

/** Outdated: approving it is refused, and it can still be refused or withdrawn. */
function isUndecided(state: ApprovalRequest['state']): boolean {
  return state === 'open' || state === 'outdated'
}

/** @param done such as `Approved` */
export function decidedText(request: ApprovalRequest, done: string): string {
  return `${done}: ${request.operation} of ${subjectsText(request)}, requested by ${request.requestedBy}.`
}

function subjectsText({ subjects, subjectCount }: Pick<ApprovalRequest, 'subjects' | 'subjectCount'>): string {
  const more = subjectCount - subjects.length
  return more > 0 ? `${subjects.join(', ')} and ${more} more` : subjects.join(', ')
}

/** Whose word it takes. */
export function approversText({ approvers, scope }: Pick<ApprovalRequest, 'approvers' | 'scope'>): string {
  return approvers ? approvers.join(', ') : `anybody else with ${scope}`
}
