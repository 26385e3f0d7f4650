import { runCommand } from './command-line.ts'
import { garbageCommand } from './garbage-command.ts'

await runCommand(garbageCommand)
