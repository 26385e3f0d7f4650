import { createInterface } from 'node:readline/promises'
import { AdminContext, type ExaminedService } from './admin-context.ts'
import type { CreateCommand } from './program.ts'
import { run } from './run.ts'

/** Runs `mtls-admin` with this process's arguments and environment. */
export async function main<Service extends ExaminedService>(
  service: Service,
  commands: readonly CreateCommand<Service>[],
): Promise<void> {
  const { env, stdin, stdout, stderr } = process
  // `mtls-admin ... | head` has read enough.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  const ask = stdin.isTTY && stderr.isTTY ? askThere : undefined
  const context = new AdminContext(service, env, { stdout, stderr }, ask)
  process.exitCode = await run(process.argv.slice(2), context, commands)
}

/** On stderr: what a command prints may go into a file. */
async function askThere(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}
