export {
  AdminContext,
  type AdminService,
  type CommandStreams,
  type ExaminedProcess,
  type ExaminedService,
} from './admin-context.ts'
export { allCommands } from './commands/all.ts'
export { exitCodes } from './exit-codes.ts'
export { main } from './main.ts'
export { run } from './run.ts'
