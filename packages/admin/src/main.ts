import { AdminContext, type ExaminedService } from './admin-context.ts'
import type { CreateCommand } from './program.ts'
import { run } from './run.ts'

/** Runs `mtls-admin` with this process's arguments and environment. */
export async function main<Service extends ExaminedService>(
  service: Service,
  commands: readonly CreateCommand<Service>[],
): Promise<void> {
  const { env, stdout, stderr } = process
  // `mtls-admin ... | head` has read enough.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  const context = new AdminContext(service, env, { stdout, stderr })
  process.exitCode = await run(process.argv.slice(2), context, commands)
}
