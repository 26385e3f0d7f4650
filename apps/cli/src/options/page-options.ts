import type { Command, OptionValues } from '@commander-js/extra-typings'
import { wholeNumberOf } from './whole-number.ts'

/** The options of every command that lists by pages. */
export function withPage<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  return command
    .option('--limit <count>', 'entries per page, 1 to 1000', wholeNumberOf('entries'))
    .option('--cursor <cursor>', 'where the page starts, as printed with the previous page')
}
