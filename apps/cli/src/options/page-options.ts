import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { Sort } from '@mtls-gateway/contract'
import { wholeNumberOf } from './whole-number.ts'

/** The options of every command that lists by pages. */
export function withPage<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  return command
    .option('--limit <count>', 'entries per page, 1 to 1000', wholeNumberOf('entries'))
    .option('--cursor <cursor>', 'where the page starts, as printed with the previous page')
}

/** What names of the API people type for an order. */
const orders = { name: 'name', expires: 'expires', 'last-used': 'lastUsed' } as const

/** The options of lists that can be long: their order, and CSV. @param expires what of an entry expires */
export function withSort<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
  expires: string,
) {
  return command
    .addOption(
      new Option('--sort <order>', `by name, by when ${expires}, or by the last call`)
        .choices(['name', 'expires', 'last-used'] as const)
        .default('name' as const),
    )
    .option('--reverse', 'the other way round')
    .addOption(new Option('--csv', 'print CSV, with all that the API says of each').conflicts('json'))
}

export function sortOf(order: keyof typeof orders, isReverse = false): Sort {
  return isReverse ? `-${orders[order]}` : orders[order]
}
