import type { CommandContext, Precondition } from '@mtls-gateway/domain'
import { ifMatchRevisions } from '../http/entity-tag.ts'
import { idempotencyMark } from '../idempotency/idempotency-mark.ts'
import type { ChangingRequest } from './delayed-notices.ts'
import { newRecordId } from './new-ids.ts'

/**
 * Who asks for a change, from where and when, as the audit entry keeps it, and the request's If-Match and Idempotency-Key. One for each
 * request, made when its body has been read.
 * @param of what the tag is of: the one certificate or mapping of the path, or the account, as for lists
 */
export function changeContext(request: ChangingRequest, of: Precondition['of'] = 'account'): CommandContext {
  const changeId = newRecordId()
  request.changeId = changeId
  const { principal, clientAddress } = request
  const revisions = ifMatchRevisions(request.headers['if-match'])
  return {
    changeId,
    at: new Date().toISOString(),
    actor: principal.subject,
    address: clientAddress,
    precondition: revisions && { of, revisions },
    idempotency: idempotencyMark(request),
  }
}
