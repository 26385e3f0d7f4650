import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'

export type CreateCommand = (context: CliContext) => CommandUnknownOpts

/**
 * A command of which every subcommand does one thing, such as `mtls mappings list`.
 * @param usual the subcommand that is meant where none is named
 */
export function commandGroup(
  name: string,
  summary: string,
  subcommands: readonly CreateCommand[],
  usual?: CreateCommand,
): CreateCommand {
  return (context) => {
    const group = new Command(name)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
      .summary(summary)
    for (const create of subcommands) group.addCommand(create(context), { isDefault: create === usual })
    return group
  }
}
