/** What this needs of a command of commander. */
interface NamedCommand {
  readonly commands: readonly NamedCommand[]
  name(): string
}

/**
 * The words of a command, without the wish for help where no command has this name: `help rotat` and `rotat --help`
 * then fail as `rotat` does, with the name that may be meant. Commander itself prints the help of all commands.
 */
export function withoutHelpOfNone(words: readonly string[], program: NamedCommand): readonly string[] {
  const path = words.filter((word) => word !== 'help' && word !== '--help')
  if (path.length === words.length) return words
  let group = program
  for (const [at, word] of path.entries()) {
    if (group.commands.length === 0 || word.startsWith('-')) break
    const command = group.commands.find((each) => each.name() === word)
    if (command === undefined) return path.slice(0, at + 1)
    group = command
  }
  return words
}
