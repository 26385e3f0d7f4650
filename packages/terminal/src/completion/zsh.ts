import type { CompletedCommand, CompletedOption, CompletedProgram, CompletedValue } from './completed-command.ts'

/** A script for zsh, by its own `_arguments`. */
export function zshCompletion({ name: program, commands }: CompletedProgram): string {
  const shellName = `_${program.replaceAll('-', '_')}`
  const script = indented(choiceOf(commands))
  // Each name is a word of its own, and zsh quotes it.
  const names = script.includes(': _mtls_gateway_names ')
    ? `_mtls_gateway_names() {
  compadd -- \${(f)"$(${program} completion zsh --names "$1" 2>/dev/null)"}
}
`
    : ''
  return `#compdef ${program}
# eval "$(${program} completion zsh)"
${names}${shellName}() {
  local -a commands
${script}
}
compdef ${shellName} ${program}
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

function valueSpec({ name, isFile, choices, named }: CompletedValue): string {
  if (choices.length > 0) return `:${name}:(${choices.join(' ')})`
  // With a space before it, zsh hands the function nothing but what is written here.
  if (named !== undefined) return `:${name}: _mtls_gateway_names ${named}`
  return `:${name}:${isFile ? '_files' : ''}`
}

/** What \`_arguments\` reads as its own. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
