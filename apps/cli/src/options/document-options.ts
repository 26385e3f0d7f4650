import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'

/** No interface: Commander asks for a type with an index signature. */
export type DocumentOptions = {
  readonly file: string
  readonly prune?: true | undefined
  readonly source?: string | undefined
}

/** The options of every command that takes an account as a document (docs/account-files.md). */
export function withDocument<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
): Command<Args, Options & DocumentOptions, Globals> {
  command
    .addOption(new Option('-f, --file <file>', 'YAML or JSON file of the account; - is stdin').makeOptionMandatory())
    .option('--prune', 'also delete what the document does not name, if a document of this --source has made it')
    .option('--source <name>', 'whose document it is, 1 to 64 of the characters a-z 0-9 - (default: document)')
  // As the methods would say it, in a type that the compiler finds too long.
  return command as Command<Args, Options & DocumentOptions, Globals>
}
