import type { CommandUnknownOpts } from '@commander-js/extra-typings'

/** What a shell can complete of a command. */
export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** What stands for itself, in its order. */
  readonly arguments: readonly CompletedValue[]
  /** What a group has, such as `mtls mappings`; none of them is a group. */
  readonly subcommands: readonly CompletedCommand[]
}

export interface CompletedOption {
  /** `--url` */
  readonly flag: string
  readonly description: string
  /** Undefined where it takes none. */
  readonly value: CompletedValue | undefined
}

export interface CompletedValue {
  readonly name: string
  readonly isFile: boolean
  readonly choices: readonly string[]
}

/** The commands of a program or a group, by their definitions. */
export function completedCommands(parent: CommandUnknownOpts): readonly CompletedCommand[] {
  return parent.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: [...command.options, helpOption].map(({ long, description, flags, argChoices }) => ({
      flag: long ?? flags,
      description,
      value: valueOfFlags(flags, argChoices),
    })),
    arguments: command.registeredArguments.map((each) => completedValue(each.name(), each.argChoices)),
    subcommands: completedCommands(command),
  }))
}

/** Commander keeps it apart from the others. */
const helpOption = { long: '--help', flags: '--help', description: 'print this help', argChoices: undefined }

function valueOfFlags(flags: string, choices: readonly string[] | undefined): CompletedValue | undefined {
  const [, name] = /<(\w+)>/.exec(flags) ?? []
  return name === undefined ? undefined : completedValue(name, choices)
}

function completedValue(name: string, choices: readonly string[] = []): CompletedValue {
  return { name, isFile: name === 'file', choices }
}
