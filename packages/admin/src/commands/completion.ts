import { Argument, Command } from '@commander-js/extra-typings'
import { completedShells, completionScript } from '@mtls-gateway/terminal'
import type { DoctorContext } from '../admin-context.ts'

export function completionCommand(context: DoctorContext) {
  return new Command('completion')
    .summary('print a script for shell completion')
    .description(
      'Prints a script that completes commands, options and their values. For bash: eval "$(mtls-admin completion bash)", for zsh: eval "$(mtls-admin completion zsh)", for fish: mtls-admin completion fish | source.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(completedShells))
    .action((shell, _options, { parent }) => {
      if (parent) context.print(completionScript(shell, parent))
    })
}
