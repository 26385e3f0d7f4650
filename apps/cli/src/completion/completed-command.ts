import type { CommandUnknownOpts } from '@commander-js/extra-typings'

/** What a shell can complete of a command. */
export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** Of the first argument. */
  readonly argument: CompletedValue | undefined
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

/** The commands of a program, by its definitions. */
export function completedCommands(program: CommandUnknownOpts): readonly CompletedCommand[] {
  return program.commands.map((command) => {
    const [argument] = command.registeredArguments
    return {
      name: command.name(),
      summary: command.summary(),
      options: [...command.options, helpOption].map(({ long, description, flags, argChoices }) => ({
        flag: long ?? flags,
        description,
        value: completedValue(/<(\w+)>/.exec(flags)?.[1], argChoices),
      })),
      argument: argument && completedValue(argument.name(), argument.argChoices),
    }
  })
}

/** Commander keeps it apart from the others. */
const helpOption = { long: '--help', flags: '--help', description: 'print this help', argChoices: undefined }

function completedValue(name: string | undefined, choices: readonly string[] = []): CompletedValue | undefined {
  return name === undefined ? undefined : { name, isFile: name === 'file', choices }
}
