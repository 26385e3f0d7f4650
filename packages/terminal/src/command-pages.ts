const columns = 110
const begin = '<!-- commands -->'
const end = '<!-- /commands -->'

/** What this needs of a command of commander. */
export interface DocumentedCommand {
  readonly parent: DocumentedCommand | null
  readonly commands: readonly DocumentedCommand[]
  name(): string
  configureHelp(options: { helpWidth: number }): unknown
  configureOutput(options: { writeOut: (text: string) => void }): unknown
  outputHelp(): void
}

/** A page of the documentation with the help of every command as it is now. */
export function withCommandPages(page: string, program: DocumentedCommand): string {
  const [before, rest = ''] = page.split(begin)
  const [, after = ''] = rest.split(end)
  return `${before}${begin}\n\n${commandPages(program)}\n${end}${after}`
}

function commandPages(program: DocumentedCommand): string {
  const printed: string[] = []
  for (const command of withSubcommands(program)) {
    printed.push(`### ${commandPath(command).join(' ')}\n\n\`\`\`text\n`)
    command.configureOutput({ writeOut: (text) => printed.push(text) })
    command.configureHelp({ helpWidth: columns })
    command.outputHelp()
    printed.push('```\n\n')
  }
  return printed.join('').trimEnd()
}

function withSubcommands(command: DocumentedCommand): readonly DocumentedCommand[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

function commandPath(command: DocumentedCommand): readonly string[] {
  return [...(command.parent ? commandPath(command.parent) : []), command.name()]
}
