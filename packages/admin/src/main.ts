import { AdminContext, type AdminService } from './admin-context.ts'
import { run } from './run.ts'

/** Runs `mtls-admin` with this process's arguments and environment. */
export async function main(service: AdminService): Promise<void> {
  const { env, stdout, stderr } = process
  // `mtls-admin ... | head` has read enough.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  process.exitCode = await run(process.argv.slice(2), new AdminContext(service, env, { stdout, stderr }))
}
