import type { CompletedCommand, CompletedProgram, CompletedValue } from './completed-command.ts'

/** A script for bash. What it leaves open, bash completes with the names of files. */
export function bashCompletion({ name: program, commands }: CompletedProgram): string {
  const shellName = program.replaceAll('-', '_')
  const groups = commands.filter(({ subcommands }) => subcommands.length > 0)
  const all = commands.flatMap((command) => [
    command,
    ...command.subcommands.map((each) => ({ ...each, name: `${command.name} ${each.name}` })),
  ])
  const choices = all.flatMap(({ name, options, arguments: own }) => [
    ...options.flatMap(({ flag, value }) => (value ? choice(`${name} ${flag}`, value) : [])),
    ...own.slice(0, 1).flatMap((first) => choice(`${name} ${lastWord(name)}`, first)),
  ])
  const hasNames = choices.some((each) => each.includes(' names='))
  const withValue = all.flatMap(({ options }) => options.flatMap(({ flag, value }) => (value ? [flag] : [])))
  const flags = all.map(({ name, options }) => `    '${name}') words='${options.map(({ flag }) => flag).join(' ')}' ;;`)
  const subcommands = groups.map(
    ({ name, subcommands }) => `    '2 ${name}') words='${namesOf(subcommands)} help --help' ;;`,
  )
  return `# eval "$(${program} completion bash)"
_${shellName}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" command="\${COMP_WORDS[1]}" words='' names=''
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
${hasNames ? offeredNames(program) : ''}  [ -n "$words" ] || case "$command" in
${flags.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _${shellName} ${program}
`
}

function namesOf(commands: readonly CompletedCommand[]): string {
  return commands.map(({ name }) => name).join(' ')
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(' ') + 1)
}

/** Names may have any printable character: what is offered is quoted, and what is typed may be. */
function offeredNames(program: string): string {
  return `  if [ -n "$names" ] && [ "\${word:0:1}" != - ]; then
    local name quoted
    while IFS= read -r name; do
      printf -v quoted %q "$name"
      case "$name" in "$word"*) COMPREPLY+=("$quoted"); continue ;; esac
      case "$quoted" in "$word"*) COMPREPLY+=("$quoted") ;; esac
    done < <(${program} completion bash --names "$names" 2>/dev/null)
    return
  fi
`
}

function choice(words: string, { choices, named }: CompletedValue): readonly string[] {
  if (choices.length > 0) return [`    '${words}') words='${choices.join(' ')}' ;;`]
  return named === undefined ? [] : [`    '${words}') names=${named} ;;`]
}
