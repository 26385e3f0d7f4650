import type { CommandContext } from '@mtls-gateway/domain'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'
import { newRecordId } from './new-ids.ts'

/** Who asks for a change, from where and when, as the audit entry keeps it. */
export function changeContext({ principal, clientAddress }: AuthenticatedRequest): CommandContext {
  return {
    changeId: newRecordId(),
    at: new Date().toISOString(),
    actor: principal.subject,
    address: clientAddress,
  }
}
