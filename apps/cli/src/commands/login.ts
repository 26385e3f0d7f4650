import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { connection } from '../http/connection.ts'
import { ServiceProblem } from '../http/service-problem.ts'
import { readLoginCredentials, readLoginSource } from '../input/login-credentials.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { loginFilePath, writeLogin } from '../settings/login-file.ts'
import { heldCredentials, resolvePlace, type Settings } from '../settings/settings.ts'
import { facts } from '../views/lines.ts'

export function loginCommand(context: CliContext) {
  const command = new Command('login')
    .summary('save account, urls and credentials for the other commands')
    .description(
      'Checks a Bearer token, an app key, or both, and saves them with account and urls in a file that only you can read. It replaces an earlier login. Without --from or --token-file, the token is read from stdin, or you are asked for it.',
    )
    .option('--from <file>', 'JSON file with configApi, forwarderApi, accountId, bearerToken, appKey and appSecret')
    .option('--token-file <file>', 'file with the Bearer token; - is stdin')
    .addOption(new Option('--app-key <key>', 'app key that forward signs with').env('MTLS_APP_KEY'))
    .option('--app-secret-file <file>', 'file with its secret; without it, MTLS_APP_SECRET is used, or you are asked')
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
