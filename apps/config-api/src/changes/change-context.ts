import type { CommandContext, Precondition } from '@mtls-gateway/domain'
import { newRecordId } from '@mtls-gateway/registry'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'
import { ifMatchRevisions } from '../http/entity-tag.ts'
import { idempotencyMark } from '../http/idempotency-mark.ts'
import type { ChangingRequest } from './delayed-notices.ts'

/**
 * Who asks for a change, from where and when, for the audit entry; and the request's If-Match and Idempotency-Key.
 * Every change has its own, made once the body of its request has been read.
 * @param of what the tag belongs to: the certificate or mapping in the path, or the account, as for lists
 */
export function changeContext(request: ChangingRequest, of: Precondition['of'] = 'account'): CommandContext {
  const context = entryContext(request)
  request.changeIds = [...(request.changeIds ?? []), context.changeId]
  const revisions = ifMatchRevisions(request.headers['if-match'])
  return { ...context, precondition: revisions && { of, revisions }, idempotency: idempotencyMark(request) }
}

/** For a request of which nothing stays but its audit entry: it takes neither If-Match nor Idempotency-Key. */
export function entryContext({ principal, clientAddress }: AuthenticatedRequest): CommandContext {
  return {
    changeId: newRecordId(),
    at: new Date().toISOString(),
    actor: principal.subject,
    address: clientAddress,
    isAdmin: principal.scopes.has('mtls:admin'),
    invitation: principal.invitation,
    precondition: undefined,
    idempotency: undefined,
  }
}

/** For a request that makes two changes: the first is checked against If-Match, the last must not be made twice. */
export interface TwoChanges {
  /** For the change made before anything else. It looks for the request's mark, but does not keep it. */
  readonly first: CommandContext
  /** Call it when that change is made. */
  readonly last: () => CommandContext
}

export function twoChanges(request: ChangingRequest, of: Precondition['of']): TwoChanges {
  return {
    first: changeContext(request, of),
    last: () => ({ ...changeContext(request, of), precondition: undefined }),
  }
}
