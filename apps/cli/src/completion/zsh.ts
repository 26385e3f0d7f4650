import type { CompletedCommand, CompletedOption, CompletedValue } from './completed-command.ts'

/** A script for zsh, by its own `_arguments`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef mtls
# eval "$(mtls completion zsh)"
_mtls() {
  local -a commands
${indented(choiceOf(commands))}
}
compdef _mtls mtls
`
}

/** Completes the name of a command, and behind it whatever that takes. */
function choiceOf(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, summary }) => `  ${quote(`${name}:${summary}`)}`)
  const cases = commands.map((command) => `${command.name})\n${indented(contentOf(command))}\n  ;;`)
  return `commands=(
${names.join('\n')}
)
if (( CURRENT == 2 )); then
  _describe command commands
  return
fi
shift words
(( CURRENT-- ))
case "$words[1]" in
${indented(cases.join('\n'))}
esac`
}

function contentOf({ options, arguments: own, subcommands }: CompletedCommand): string {
  if (subcommands.length > 0) return choiceOf(subcommands)
  const specs = [...options.map(optionSpec), ...own.map((each, at) => `${at + 1}${valueSpec(each)}`)]
  return `_arguments ${specs.map(quote).join(' ')}`
}

function indented(script: string): string {
  return script.replaceAll(/^/gm, '  ')
}

function optionSpec({ flag, description, value }: CompletedOption): string {
  return `${flag}[${escaped(description)}]${value ? valueSpec(value) : ''}`
}

function valueSpec({ name, isFile, choices }: CompletedValue): string {
  if (choices.length > 0) return `:${name}:(${choices.join(' ')})`
  return `:${name}:${isFile ? '_files' : ''}`
}

/** What \`_arguments\` reads as its own. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
