import type { Settings } from '@mtls-gateway/contract'
import { approversText } from './approval-text.ts'
import { facts } from './lines.ts'

export function settingsText({ unmappedCalls, publishKeys, webhook, approvals }: Settings): string {
  return facts([
    ['unmapped calls', unmappedCalls],
    ['keys', publishKeys ? 'published' : 'not published'],
    ['webhook', webhook?.url ?? 'none'],
    ['webhook secret', webhook?.secret],
    ['approvals', approvals ? approvals.actions.join(', ') : 'none'],
    ['approvers', approvals ? approversText(approvals) : undefined],
    ['requests expire', approvals ? `after ${approvals.expiresAfter}` : undefined],
  ])
}
