import type { CommandContext, Precondition } from '@mtls-gateway/domain'
import { newRecordId } from '@mtls-gateway/registry'
import { ifMatchRevisions } from '../http/entity-tag.ts'
import { idempotencyMark } from '../http/idempotency-mark.ts'
import type { ChangingRequest } from './delayed-notices.ts'

/**
 * Who asks for a change, from where and when, as the audit entry keeps it, and the request's If-Match and
 * Idempotency-Key. One for each change, made when the body of its request has been read.
 * @param of what the tag is of: the one certificate or mapping of the path, or the account, as for lists
 */
export function changeContext(request: ChangingRequest, of: Precondition['of'] = 'account'): CommandContext {
  const changeId = newRecordId()
  request.changeIds = [...(request.changeIds ?? []), changeId]
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

/** For a request that makes two changes: one is checked against what was read, the other must not be made twice. */
export interface TwoChanges {
  /** Made before anything is done. Its mark is not to be kept, but to be looked for. */
  readonly first: CommandContext
  /** To be called when it is made. */
  readonly last: () => CommandContext
}

export function twoChanges(request: ChangingRequest, of: Precondition['of']): TwoChanges {
  return {
    first: changeContext(request, of),
    last: () => ({ ...changeContext(request, of), precondition: undefined }),
  }
}
