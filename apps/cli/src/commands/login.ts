import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { ServiceProblem } from '../http/service-problem.ts'
import { readLoginCredentials, readLoginSource } from '../input/login-credentials.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { connection } from '../settings/connection.ts'
import { loginFilePath, writeLogin } from '../settings/login-file.ts'
import { heldCredentials, resolvePlace, type Settings } from '../settings/settings.ts'
import { facts } from '../views/lines.ts'

export function loginCommand(context: CliContext) {
  const command = new Command('login')
    .summary('keep account, urls and credentials for the other commands')
    .description(
      'Tries a Bearer token, an app key, or both, and keeps them with account and urls in a file that only you can read, in place of what was kept before. The token is asked for, or read from stdin, unless an option says otherwise.',
    )
    .option('--from <file>', 'JSON file with configApi, forwarderApi, accountId, bearerToken, appKey and appSecret')
    .option('--token-file <file>', 'file of the Bearer token; - is stdin')
    .addOption(new Option('--app-key <key>', 'app key, by which forward signs').env('MTLS_APP_KEY'))
    .option('--app-secret-file <file>', 'file of its secret; else MTLS_APP_SECRET, else it is asked for')
    .addHelpText(
      'after',
      examples(
        'mtls login --account le123 --config-api https://config.example --forwarder-api https://forwarder.example',
        'mtls login --from .data/demo.json',
      ),
    )
  return withConnection(command).action(async (options) => {
    const { environment, output } = context
    output.json = options.json ?? false
    const source = options.from === undefined ? {} : await readLoginSource(context, options.from)
    // What is wrong with it is told before anybody is asked for a secret.
    const place = resolvePlace(options, source)
    const { token, appKey } = heldCredentials(await readLoginCredentials(context, options, source))
    if (token !== undefined) await tryCredentials({ ...place, token, appKey: undefined }, context)
    if (appKey !== undefined) await tryCredentials({ ...place, token: undefined, appKey }, context)
    const file = loginFilePath(environment)
    await writeLogin(file, { ...place, token, ...appKey })
    const kept = { ...place, appKey: appKey?.appKey, file }
    if (output.json) output.jsonText(JSON.stringify(kept))
    else output.text(facts(Object.entries(kept)))
  })
}

/** @throws CliFailure where they are not good for this account */
async function tryCredentials(settings: Settings, context: CliContext): Promise<void> {
  const { configApi } = connection(settings, context)
  try {
    await configApi.listCertificates({ query: { limit: 1 } })
  } catch (error) {
    // Good, but for something else than to read certificates.
    if (!(error instanceof ServiceProblem) || error.answer.body.code !== 'SCOPE_MISSING') throw error
  }
}
