import type { CommandContext } from '@mtls-gateway/domain'
import type { ChangingRequest } from './delayed-notices.ts'
import { newRecordId } from './new-ids.ts'

/** Who asks for a change, from where and when, as the audit entry keeps it. One for each request. */
export function changeContext(request: ChangingRequest): CommandContext {
  const changeId = newRecordId()
  request.changeId = changeId
  const { principal, clientAddress } = request
  return { changeId, at: new Date().toISOString(), actor: principal.subject, address: clientAddress }
}
