import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { safeText } from '@mtls-gateway/terminal'
import type { CliContext } from './cli-context.ts'
import { activateCommand } from './commands/activate.ts'
import { appKeysCommand } from './commands/app-keys/app-keys.ts'
import { applyCommand } from './commands/apply.ts'
import { approvalsCommand } from './commands/approvals.ts'
import { auditCommand } from './commands/audit/audit.ts'
import { callsCommand } from './commands/calls.ts'
import { certificatesCommand } from './commands/certificates/certificates.ts'
import { checkCommand } from './commands/check.ts'
import type { CreateCommand } from './commands/command-group.ts'
import { completionCommand } from './commands/completion.ts'
import { consoleCommand } from './commands/console.ts'
import { csrCommand } from './commands/csr.ts'
import { diffCommand } from './commands/diff.ts'
import { expiringCommand } from './commands/expiring.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { forwardCommand } from './commands/forward.ts'
import { handoverCommand } from './commands/handover.ts'
import { importCommand } from './commands/import.ts'
import { invitationsCommand } from './commands/invitations/invitations.ts'
import { issueCommand, issuersCommand, sourcesCommand } from './commands/issue.ts'
import { loginCommand } from './commands/login.ts'
import { logoutCommand } from './commands/logout.ts'
import { mapCommand } from './commands/map.ts'
import { mappingsCommand } from './commands/mappings/mappings.ts'
import { noticesCommand } from './commands/notices/notices.ts'
import { planCommand } from './commands/plan.ts'
import { propagationCommand } from './commands/propagation.ts'
import { rotateCommand } from './commands/rotate.ts'
import { schemaCommand } from './commands/schema.ts'
import { servicesCommand } from './commands/services.ts'
import { settingsCommand } from './commands/settings/settings.ts'
import { signingKeysCommand } from './commands/signing-keys/signing-keys.ts'
import { targetCaCommand } from './commands/target-ca.ts'
import { testCommand } from './commands/test.ts'
import { tokenCommand } from './commands/token.ts'
import { tokenIssuersCommand } from './commands/token-issuers.ts'
import { trustsCommand } from './commands/trusts.ts'
import { tryCommand } from './commands/try.ts'
import { uploadCommand } from './commands/upload.ts'
import { versionCommand } from './commands/version.ts'
import { whoamiCommand } from './commands/whoami.ts'
import { exitCodeMeanings } from './exit-codes.ts'
import { environmentVariables } from './settings/environment-variables.ts'

/** Every command of `mtls`: first those of a certificate's life, in its order, then what manages the rest. */
const commands: readonly CreateCommand[] = [
  loginCommand,
  whoamiCommand,
  testCommand,
  uploadCommand,
  csrCommand,
  issuersCommand,
  sourcesCommand,
  issueCommand,
  tryCommand,
  targetCaCommand,
  mapCommand,
  activateCommand,
  checkCommand,
  forwardCommand,
  explainCommand,
  tokenCommand,
  expiringCommand,
  handoverCommand,
  rotateCommand,
  planCommand,
  propagationCommand,
  certificatesCommand,
  mappingsCommand,
  trustsCommand,
  servicesCommand,
  appKeysCommand,
  invitationsCommand,
  approvalsCommand,
  signingKeysCommand,
  settingsCommand,
  noticesCommand,
  exportCommand,
  diffCommand,
  applyCommand,
  importCommand,
  schemaCommand,
  callsCommand,
  auditCommand,
  tokenIssuersCommand,
  consoleCommand,
  logoutCommand,
  completionCommand,
  versionCommand,
]

const facts = `
Options take precedence over the environment, and the environment over what login has saved.

Environment:
${rows(environmentVariables)}

Exit codes:
${rows(exitCodeMeanings)}`

export function createProgram(context: CliContext): CommandUnknownOpts {
  const { build, output } = context
  const program = new Command('mtls')
    .description('Manages the certificates and mappings of the mTLS gateway, and calls targets through it.')
    .version(`${build.version} (commit ${build.commit})`, '--version', 'print the version and the commit')
    .helpOption('--help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(See --help.)')
    .addHelpText('after', facts)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.stdout.write(safeText(text)),
      // It repeats arguments, which may be names of files.
      writeErr: (text) => output.stderr.write(safeText(text)),
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

function rows(meanings: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(meanings).map((name) => name.length))
  return Object.entries(meanings)
    .map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`)
    .join('\n')
}
