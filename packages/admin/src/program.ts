import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { safeText } from '@mtls-gateway/terminal'
import type { AdminContext, ExaminedService } from './admin-context.ts'
import { exitCodeMeanings } from './exit-codes.ts'

const facts = `
It reads the environment of the service in whose container it runs, as the service does: DATA_DIR, VAULT_ADDR,
REDIS_URL and so on (docs/configuration.md).

Exit codes:
${Object.entries(exitCodeMeanings)
  .map(([code, meaning]) => `  ${code}  ${meaning}`)
  .join('\n')}`

export type CreateCommand<Service extends ExaminedService> = (context: AdminContext<Service>) => CommandUnknownOpts

export function createProgram<Service extends ExaminedService>(
  context: AdminContext<Service>,
  commands: readonly CreateCommand<Service>[],
): CommandUnknownOpts {
  const { stdout, stderr } = context.streams
  const { version, commit } = context.service
  const program = new Command('mtls-admin')
    .description("For those who run the mTLS gateway: everything that needs the service's own settings and files.")
    .version(`${version} (commit ${commit})`, '--version', 'print the version and the commit')
    .helpOption('--help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(See --help.)')
    .addHelpText('after', facts)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(safeText(text)),
      // It repeats arguments, which may be names of files.
      writeErr: (text) => stderr.write(safeText(text)),
    })
  for (const create of commands) {
    const command = create(context)
    inheritSettings(command, program)
    program.addCommand(command)
  }
  return program
}

/** Commander does this by itself only for commands that it makes. */
function inheritSettings(command: CommandUnknownOpts, parent: CommandUnknownOpts): void {
  command.copyInheritedSettings(parent)
  for (const subcommand of command.commands) inheritSettings(subcommand, command)
}
