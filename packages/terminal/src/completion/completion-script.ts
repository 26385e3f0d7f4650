import { bashCompletion } from './bash.ts'
import { type CompletedProgram, completedCommands, type DefinedCommand } from './completed-command.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

/** Those that there is a completion for. */
export const completedShells = ['bash', 'zsh', 'fish'] as const
export type CompletedShell = (typeof completedShells)[number]

const scripts: Readonly<Record<CompletedShell, (program: CompletedProgram) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** A script by which a shell completes the commands of a program, their options, and the values of these. */
export function completionScript(shell: CompletedShell, program: DefinedCommand): string {
  return scripts[shell]({ name: program.name(), commands: completedCommands(program) }).trimEnd()
}
