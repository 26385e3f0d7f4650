import type { CompletedCommand, CompletedOption, CompletedValue } from './completed-command.ts'

/** A script for fish. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, summary, options, arguments: own }) => {
    const within = `complete -c mtls -n '__fish_seen_subcommand_from ${name}'`
    return [
      `complete -c mtls -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
      ...own.flatMap(({ choices }) => (choices.length > 0 ? [`${within} -a ${quote(choices.join(' '))}`] : [])),
      ...(own.some(({ isFile }) => isFile) ? [`${within} -F`] : []),
      ...options.map((option) => `${within} ${optionWords(option)}`),
    ]
  })
  return `# mtls completion fish | source
complete -c mtls -f
${lines.join('\n')}
`
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
