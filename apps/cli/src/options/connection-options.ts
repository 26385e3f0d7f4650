import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { ConnectionOptions } from '../settings/settings.ts'

/** An interface would not be known to have options alone. */
type GivenConnection = Pick<ConnectionOptions, keyof ConnectionOptions>

/** The options of every command that talks to the services, behind its own. */
export function withConnection<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
): Command<Args, Options & GivenConnection, Globals> {
  command
    .optionsGroup('Connection:')
    .addOption(new Option('--account <id>', 'the account').env('MTLS_ACCOUNT'))
    .addOption(new Option('--config-api <url>', 'base url of config-api').env('MTLS_CONFIG_API'))
    .addOption(new Option('--forwarder-api <url>', 'base url of forwarder-api').env('MTLS_FORWARDER_API'))
    .addOption(
      new Option('--client-cert <file>', 'client certificate in PEM, instead of token and app key').env(
        'MTLS_CLIENT_CERT',
      ),
    )
    .addOption(new Option('--client-key <file>', 'its private key in PEM').env('MTLS_CLIENT_KEY'))
    .option('--json', 'print the JSON answer of the API')
  // The compiler would not write down so long a type.
  return command as unknown as Command<Args, Options & GivenConnection, Globals>
}
