export { AdminContext, type AdminService, type CommandStreams } from './admin-context.ts'
export { exitCodes } from './exit-codes.ts'
export { main } from './main.ts'
export { run } from './run.ts'
