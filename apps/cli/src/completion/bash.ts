import type { CompletedCommand, CompletedValue } from './completed-command.ts'

/** A script for bash. What it leaves open, bash completes with the names of files. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const choices = commands.flatMap(({ name, options, arguments: own }) => [
    ...options.flatMap(({ flag, value }) => (value?.choices.length ? [choice(`${name} ${flag}`, value)] : [])),
    ...own.slice(0, 1).flatMap((first) => (first.choices.length ? [choice(`${name} ${name}`, first)] : [])),
  ])
  const withValue = commands.flatMap(({ options }) => options.flatMap(({ flag, value }) => (value ? [flag] : [])))
  const flags = commands.map(
    ({ name, options }) => `    ${name}) words='${options.map(({ flag }) => flag).join(' ')}' ;;`,
  )
  return `# eval "$(mtls completion bash)"
_mtls() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help --help --version' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]} $before" in
${choices.join('\n')}
    *' '${[...new Set(withValue)].join(" | *' '")}) return ;;
    *) [ "\${word:0:1}" = - ] || return 0 ;;
  esac
  [ -n "$words" ] || case "\${COMP_WORDS[1]}" in
${flags.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _mtls mtls
`
}

function choice(words: string, { choices }: CompletedValue): string {
  return `    '${words}') words='${choices.join(' ')}' ;;`
}
