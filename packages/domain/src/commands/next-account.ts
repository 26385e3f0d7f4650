import type { Account } from '../account/account.ts'
import { keptApprovals } from '../account/approval-request.ts'
import type { Change } from '../account/change.ts'
import type { ChangeAction } from '../account/change-action.ts'
import type { CommandContext } from '../account/command.ts'
import { type Handover, openHandovers } from '../account/handover.ts'
import { refuseUsedKey } from '../account/idempotency.ts'
import { openInvitations } from '../account/invitation.ts'
import { checkPrecondition } from '../account/precondition.ts'
import { actingInvitation } from './acting-invitation.ts'

/**
 * Keep an audit entry below 2 KiB, so that 200 of them fit into the account: names have up to 512 bytes, and the
 * subject of a token can have any length.
 */
const namedSubjects = 5
const maxSubjectsBytes = 1_024
const maxActorBytes = 256

export interface ChangeDescription {
  readonly action: ChangeAction
  /** Ids or names, never a secret. */
  readonly subjects: readonly string[]
  /** The revision that last changed the one thing that is being changed. */
  readonly subjectRevision?: number | undefined
  /** Names of what is changed of the subjects. */
  readonly fields?: readonly string[]
}

/**
 * The account after a change: the new parts, the revision counted up and the audit entry of this very change, without
 * the invitations, handovers and requests for approval that have expired, and the handovers of certificates that are
 * gone.
 * @throws CodedError `PRECONDITION_FAILED`, `IDEMPOTENCY_KEY_REUSED`, `TOKEN_INVALID`
 */
export function nextAccount(
  account: Account,
  context: CommandContext,
  description: ChangeDescription,
  parts: Partial<
    Pick<
      Account,
      | 'certificates'
      | 'mappings'
      | 'appKeys'
      | 'trusts'
      | 'invitations'
      | 'handovers'
      | 'signingKeys'
      | 'approvals'
      | 'settings'
    >
  >,
): Account {
  actingInvitation(account, context)
  refuseUsedKey(account, context.idempotency)
  const { subjectRevision = account.revision } = description
  checkPrecondition(context.precondition, context.precondition?.of === 'subject' ? subjectRevision : account.revision)
  const revision = account.revision + 1
  const next = { ...account, ...parts }
  const { invitations, handovers, approvals } = next
  return {
    ...next,
    ...(invitations && { invitations: openInvitations({ invitations }, context.at) }),
    ...(handovers && { handovers: keptHandovers(next, context.at) }),
    ...(approvals && { approvals: keptApprovals(approvals, context.at) }),
    revision,
    changes: [...account.changes, changeOf(context, revision, description)],
  }
}

function keptHandovers(account: Account, at: string): readonly Handover[] {
  const ids = new Set(account.certificates.map(({ id }) => id))
  return openHandovers(account, at).filter(({ certificateId }) => ids.has(certificateId))
}

function changeOf(
  { changeId, at, actor, address, idempotency }: CommandContext,
  revision: number,
  { action, subjects, fields = [] }: ChangeDescription,
): Change {
  const each = Math.floor(maxSubjectsBytes / Math.min(namedSubjects, Math.max(subjects.length, 1)))
  return {
    changeId,
    revision,
    at,
    actor: auditedActor(actor),
    address,
    action,
    subjects: subjects.slice(0, namedSubjects).map((subject) => cut(subject, each)),
    subjectCount: subjects.length,
    ...(fields.length > 0 && { fields }),
    ...(idempotency && { idempotency }),
  }
}

/** What an account keeps of whoever asks: nobody says how long the subject of a token is. */
export function auditedActor(actor: string): string {
  return cut(actor, maxActorBytes)
}

/** At most so many bytes of UTF-8, whole characters. */
function cut(text: string, maxBytes: number): string {
  const encoder = new TextEncoder()
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read)
}
