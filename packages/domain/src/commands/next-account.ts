import type { Account } from '../account.ts'
import type { CommandContext } from '../command.ts'

/** How many subjects an audit entry names; an entry is at most 2 KiB (design), a name at most 128 characters. */
const namedSubjects = 5

export interface ChangeDescription {
  readonly action: string
  /** Ids or names, never a secret. */
  readonly subjects: readonly string[]
}

/** The account after a change: the new parts, the revision counted up and the audit entry of this very change. */
export function nextAccount(
  account: Account,
  context: CommandContext,
  { action, subjects }: ChangeDescription,
  parts: Partial<Pick<Account, 'certificates' | 'mappings' | 'appKeys'>>,
): Account {
  const revision = account.revision + 1
  const change = {
    ...context,
    revision,
    action,
    subjects: subjects.slice(0, namedSubjects),
    subjectCount: subjects.length,
  }
  return { ...account, ...parts, revision, changes: [...account.changes, change] }
}
