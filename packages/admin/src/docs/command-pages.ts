import { withCommandPages as withPages } from '@mtls-gateway/terminal'
import { AdminContext } from '../admin-context.ts'
import { allCommands } from '../commands/all.ts'
import { createProgram } from '../program.ts'

/** docs/admin.md with the help of every command as it is now. */
export function withCommandPages(page: string): string {
  const stream = { write: () => true }
  const readConfiguration = () => {
    throw new TypeError('no command is run for the documentation')
  }
  const service = {
    name: '',
    version: '',
    commit: '',
    settings: {},
    processes: {},
    vaultPolicies: '',
    readConfiguration,
  }
  const context = new AdminContext(service, {}, { stdout: stream, stderr: stream })
  return withPages(page, createProgram(context, allCommands))
}
