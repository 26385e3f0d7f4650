import type { CompletedCommand, CompletedOption, CompletedValue } from './completed-command.ts'

/** A script for zsh, by its own `_arguments`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`)
  const cases = commands.map(({ name, options, arguments: own }) => {
    const specs = [...options.map(optionSpec), ...own.map((each, at) => `${at + 1}${valueSpec(each)}`)]
    return `    ${name}) _arguments ${specs.map(quote).join(' ')} ;;`
  })
  return `#compdef mtls
# eval "$(mtls completion zsh)"
_mtls() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
${cases.join('\n')}
  esac
}
compdef _mtls mtls
`
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
