/** What this needs of a command of commander. */
export interface DefinedCommand {
  readonly commands: readonly DefinedCommand[]
  readonly options: readonly DefinedOption[]
  readonly registeredArguments: readonly { readonly argChoices?: readonly string[] | undefined; name(): string }[]
  name(): string
  summary(): string
}

interface DefinedOption {
  readonly long?: string | undefined
  readonly flags: string
  readonly description: string
  readonly hidden?: boolean
  readonly argChoices?: readonly string[] | undefined
}

/** A program whose words a shell completes. */
export interface CompletedProgram {
  readonly name: string
  readonly commands: readonly CompletedCommand[]
}

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
  /** The names of things on a server that it can be; the program prints them for `completion SHELL --names KIND`. */
  readonly named: NameKind | undefined
}

export type NameKind = 'certificates' | 'mappings'

/** By what the values are called in help. */
const namedValues: Readonly<Record<string, NameKind>> = { certificate: 'certificates', mapping: 'mappings' }

/** The commands of a program or a group, by their definitions. */
export function completedCommands(parent: Pick<DefinedCommand, 'commands'>): readonly CompletedCommand[] {
  return parent.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: [...command.options, helpOption]
      .filter(({ hidden }) => hidden !== true)
      .map(({ long, description, flags, argChoices }) => ({
        flag: long ?? flags,
        description,
        value: valueOfFlags(flags, argChoices),
      })),
    arguments: command.registeredArguments.map((each) => completedValue(each.name(), each.argChoices)),
    subcommands: completedCommands(command),
  }))
}

/** Commander keeps it apart from the others. */
const helpOption: DefinedOption = { long: '--help', flags: '--help', description: 'print this help' }

function valueOfFlags(flags: string, choices: readonly string[] | undefined): CompletedValue | undefined {
  const [, name] = /<(\w+)>/.exec(flags) ?? []
  return name === undefined ? undefined : completedValue(name, choices)
}

function completedValue(name: string, choices: readonly string[] = []): CompletedValue {
  return { name, isFile: name === 'file', choices, named: namedValues[name] }
}
