import { runCommand } from './command-line.ts'
import { migrationCommand } from './migration-command.ts'

await runCommand(migrationCommand)
