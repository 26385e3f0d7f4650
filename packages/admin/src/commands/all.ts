import type { AdminService } from '../admin-context.ts'
import type { CreateCommand } from '../program.ts'
import { auditCommand } from './audit.ts'
import { backupCommand } from './backup.ts'
import { completionCommand } from './completion.ts'
import { doctorCommand } from './doctor.ts'
import { gcCommand } from './gc.ts'
import { inventoryCommand } from './inventory.ts'
import { migrateCommand } from './migrate.ts'
import { replaceCommand } from './replace.ts'
import { restoreCommand } from './restore.ts'
import { rotateMasterKeyCommand } from './rotate-master-key.ts'
import { storeCommand } from './store.ts'
import { supportBundleCommand } from './support-bundle.ts'
import { tokenCommand } from './token.ts'
import { vaultCommand } from './vault.ts'
import { versionCommand } from './version.ts'

/** Each loads what it works with when it is run: a token is made without the code of Vault. */
export const allCommands: readonly CreateCommand<AdminService>[] = [
  doctorCommand,
  backupCommand,
  restoreCommand,
  storeCommand,
  rotateMasterKeyCommand,
  supportBundleCommand,
  tokenCommand,
  vaultCommand,
  gcCommand,
  inventoryCommand,
  auditCommand,
  replaceCommand,
  migrateCommand,
  completionCommand,
  versionCommand,
]
