import type { CompletedCommand, CompletedOption, CompletedProgram, CompletedValue } from './completed-command.ts'

/** A script for fish. */
export function fishCompletion({ name: program, commands }: CompletedProgram): string {
  return `# ${program} completion fish | source
complete -c ${program} -f
${linesOf(program, commands, '__fish_use_subcommand').join('\n')}
`
}

/** @param place the condition of fish in which the name of one of these commands is typed */
function linesOf(
  program: string,
  commands: readonly CompletedCommand[],
  place: string,
  within = '',
): readonly string[] {
  return commands.flatMap(({ name, summary, options, arguments: own, subcommands }) => {
    const seen = `${within}__fish_seen_subcommand_from ${name}`
    const behind = `complete -c ${program} -n '${seen}'`
    const names = subcommands.map((each) => each.name).join(' ')
    return [
      `complete -c ${program} -n ${place} -a ${name} -d ${quote(summary)}`,
      ...own.flatMap((each) => {
        const offered = offeredOf(program, each)
        return offered === undefined ? [] : [`${behind} -a ${quote(offered)}`]
      }),
      ...(own.some(({ isFile }) => isFile) ? [`${behind} -F`] : []),
      ...(subcommands.length > 0
        ? linesOf(program, subcommands, `'${seen}; and not __fish_seen_subcommand_from ${names}'`, `${seen}; and `)
        : options.map((option) => `${behind} ${optionWords(program, option)}`)),
    ]
  })
}

function optionWords(program: string, { flag, description, value }: CompletedOption): string {
  return `-l ${flag.slice(2)} -d ${quote(description)}${value ? ` ${valueWords(program, value)}` : ''}`
}

function valueWords(program: string, value: CompletedValue): string {
  const offered = offeredOf(program, value)
  if (offered !== undefined) return `-x -a ${quote(offered)}`
  return value.isFile ? '-r -F' : '-x'
}

/** What the value can be, or the command that prints it, a line each: fish quotes that. */
function offeredOf(program: string, { choices, named }: CompletedValue): string | undefined {
  if (choices.length > 0) return choices.join(' ')
  return named === undefined ? undefined : `(${program} completion fish --names ${named} 2>/dev/null)`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
