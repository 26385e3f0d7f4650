import type { CompletedCommand, CompletedValue } from './completed-command.ts'

/** A script for bash. What it leaves open, bash completes with the names of files. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const groups = commands.filter(({ subcommands }) => subcommands.length > 0)
  const all = commands.flatMap((command) => [
    command,
    ...command.subcommands.map((each) => ({ ...each, name: `${command.name} ${each.name}` })),
  ])
  const choices = all.flatMap(({ name, options, arguments: own }) => [
    ...options.flatMap(({ flag, value }) => (value?.choices.length ? [choice(`${name} ${flag}`, value)] : [])),
    ...own.slice(0, 1).flatMap((first) => (first.choices.length ? [choice(`${name} ${lastWord(name)}`, first)] : [])),
  ])
  const withValue = all.flatMap(({ options }) => options.flatMap(({ flag, value }) => (value ? [flag] : [])))
  const flags = all.map(({ name, options }) => `    '${name}') words='${options.map(({ flag }) => flag).join(' ')}' ;;`)
  const subcommands = groups.map(
    ({ name, subcommands }) => `    '2 ${name}') words='${namesOf(subcommands)} help --help' ;;`,
  )
  return `# eval "$(mtls completion bash)"
_mtls() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" command="\${COMP_WORDS[1]}" words=''
  COMPREPLY=()
  case "$COMP_CWORD $command" in
    '1 '*) words='${namesOf(commands)} help --help --version' ;;
${subcommands.join('\n')}
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  case "$command" in
    ${groups.map(({ name }) => name).join(' | ')}) command="$command \${COMP_WORDS[2]}" ;;
  esac
  case "$command $before" in
${choices.join('\n')}
    *' '${[...new Set(withValue)].join(" | *' '")}) return ;;
    *) [ "\${word:0:1}" = - ] || return 0 ;;
  esac
  [ -n "$words" ] || case "$command" in
${flags.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _mtls mtls
`
}

function namesOf(commands: readonly CompletedCommand[]): string {
  return commands.map(({ name }) => name).join(' ')
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(' ') + 1)
}

function choice(words: string, { choices }: CompletedValue): string {
  return `    '${words}') words='${choices.join(' ')}' ;;`
}
