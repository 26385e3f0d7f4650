import { Argument, Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { bashCompletion } from '../completion/bash.ts'
import { type CompletedCommand, completedCommands } from '../completion/completed-command.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'

const shells = ['bash', 'zsh', 'fish'] as const

const scripts: Readonly<Record<(typeof shells)[number], (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

export function completionCommand({ output }: CliContext) {
  return new Command('completion')
    .summary('print a script for shell completion')
    .description(
      'Prints a script that completes commands, options and their values. For bash: eval "$(mtls completion bash)", for zsh: eval "$(mtls completion zsh)", for fish: mtls completion fish | source.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action((shell, _options, command) => {
      if (command.parent) output.text(scripts[shell](completedCommands(command.parent)).trimEnd())
    })
}
