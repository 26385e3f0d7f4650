import { commandGroup } from '../command-group.ts'
import { listChangesCommand } from './list-changes.ts'
import { verifyAuditCommand } from './verify-audit.ts'

/** Who changed what; `mtls audit` alone lists it. */
export const auditCommand = commandGroup(
  'audit',
  'list who changed what in the account, and verify that nothing of it is missing',
  [listChangesCommand, verifyAuditCommand],
  listChangesCommand,
)
