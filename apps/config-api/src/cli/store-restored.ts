import { runCommand } from './command-line.ts'
import { storeRestoredCommand } from './store-restored-command.ts'

await runCommand(storeRestoredCommand)
