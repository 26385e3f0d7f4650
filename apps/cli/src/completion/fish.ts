import type { CompletedCommand, CompletedOption, CompletedValue } from './completed-command.ts'

/** A script for fish. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return `# mtls completion fish | source
complete -c mtls -f
${linesOf(commands, '__fish_use_subcommand').join('\n')}
`
}

/** @param place the condition of fish in which the name of one of these commands is typed */
function linesOf(commands: readonly CompletedCommand[], place: string, within = ''): readonly string[] {
  return commands.flatMap(({ name, summary, options, arguments: own, subcommands }) => {
    const seen = `${within}__fish_seen_subcommand_from ${name}`
    const behind = `complete -c mtls -n '${seen}'`
    const names = subcommands.map((each) => each.name).join(' ')
    return [
      `complete -c mtls -n ${place} -a ${name} -d ${quote(summary)}`,
      ...own.flatMap(({ choices }) => (choices.length > 0 ? [`${behind} -a ${quote(choices.join(' '))}`] : [])),
      ...(own.some(({ isFile }) => isFile) ? [`${behind} -F`] : []),
      ...(subcommands.length > 0
        ? linesOf(subcommands, `'${seen}; and not __fish_seen_subcommand_from ${names}'`, `${seen}; and `)
        : options.map((option) => `${behind} ${optionWords(option)}`)),
    ]
  })
}

function optionWords({ flag, description, value }: CompletedOption): string {
  return `-l ${flag.slice(2)} -d ${quote(description)}${value ? ` ${valueWords(value)}` : ''}`
}

function valueWords({ isFile, choices }: CompletedValue): string {
  if (choices.length > 0) return `-x -a ${quote(choices.join(' '))}`
  return isFile ? '-r -F' : '-x'
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
