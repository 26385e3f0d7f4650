import { Argument, Command, Option } from '@commander-js/extra-typings'
import { completedShells, completionScript, type NameKind } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'

const nameKinds = ['certificates', 'mappings'] as const satisfies readonly NameKind[]
/** Somebody waits for it with a finger on a key. */
const limitMs = 3_000
const mostNames = 1_000

export function completionCommand(context: CliContext) {
  return new Command('completion')
    .summary('print a script for shell completion')
    .description(
      'Prints a script that completes commands, options and their values, and the names of the certificates and mappings of the account that you are logged in to. For bash: eval "$(mtls completion bash)", for zsh: eval "$(mtls completion zsh)", for fish: mtls completion fish | source.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(completedShells))
    .addOption(new Option('--names <kind>', 'what the script asks for').choices(nameKinds).hideHelp())
    .action(async (shell, { names }, { parent }) => {
      if (names !== undefined) context.output.text(await namesOf(names, context))
      else if (parent) context.output.text(completionScript(shell, parent))
    })
}

/** One a line, of the account that other commands would take without options. */
async function namesOf(kind: NameKind, context: CliContext): Promise<string> {
  const { MTLS_ACCOUNT: account, MTLS_CONFIG_API: url, MTLS_FORWARDER_API: forwarderApi } = context.environment
  const { configApi } = await connect({ account, configApi: url, forwarderApi }, context)
  const asked = { query: { limit: mostNames }, signal: AbortSignal.timeout(limitMs) }
  const { body } = await (kind === 'certificates' ? configApi.listCertificates(asked) : configApi.listMappings(asked))
  return body.map(({ name }) => name).join('\n')
}
