import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'

/** The options of every command that talks to the services, behind its own. */
export function withConnection<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  return command
    .optionsGroup('Connection:')
    .addOption(new Option('--account <id>', 'the account').env('MTLS_ACCOUNT'))
    .addOption(new Option('--config-api <url>', 'base url of config-api').env('MTLS_CONFIG_API'))
    .addOption(new Option('--forwarder-api <url>', 'base url of forwarder-api').env('MTLS_FORWARDER_API'))
    .option('--json', 'print the JSON answer of the API')
}
