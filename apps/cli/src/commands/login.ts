import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { connection } from '../http/connection.ts'
import { ServiceProblem } from '../http/service-problem.ts'
import { readLoginSource } from '../input/login-credentials.ts'
import { newLogin } from '../input/new-login.ts'
import { withConnection } from '../options/connection-options.ts'
import { consoleUrlOption } from '../options/console-url-option.ts'
import { examples } from '../options/examples.ts'
import { providerOptions } from '../options/provider-options.ts'
import type { Output } from '../output.ts'
import { requireSafeUrl } from '../settings/base-url.ts'
import {
  type Login,
  type LoginSettings,
  loginFilePath,
  readLogin,
  settingsOf,
  writeLogin,
} from '../settings/login-file.ts'
import { withLoginLock } from '../settings/login-lock.ts'
import { type HeldCredentials, heldCredentials, type Place, resolvePlace, type Settings } from '../settings/settings.ts'
import { facts } from '../views/lines.ts'
import { loginByInvitation } from './login-by-invitation.ts'

export function loginCommand(context: CliContext) {
  const command = new Command('login')
    .summary('sign in, and save account, urls and credentials for the other commands')
    .description(
      'Signs in at your identity provider (--issuer), or takes a Bearer token, an app key, or both. They are checked, and saved with account and urls in a file that only you can read. It replaces an earlier login, of which account, urls and identity provider are used again where you give none. Without any of these options, the token is read from stdin, or you are asked for it.',
    )
    .option(
      '--from <file>',
      'JSON file with configApi, forwarderApi, console, accountId, issuer, clientId, scope, redirectUri, resource, bearerToken, appKey and appSecret, or some of them',
    )
    .option('--token-file <file>', 'file with the Bearer token; - is stdin')
    .addOption(new Option('--app-key <key>', 'app key that forward signs with').env('MTLS_APP_KEY'))
    .option('--app-secret-file <file>', 'file with its secret; without it, MTLS_APP_SECRET is used, or you are asked')
    .addOption(
      new Option(
        '--invitation',
        'redeem an invitation: its code or link is read from stdin, or you are asked for it; needs no --account',
      ).conflicts(['from', 'tokenFile', 'appSecretFile']),
    )
    .addOption(consoleUrlOption())
    .optionsGroup('Sign-in at an identity provider:')
    .addOption(providerOptions.issuer())
    .addOption(providerOptions.clientId())
    .addOption(providerOptions.device())
    .addOption(providerOptions.scope())
    .addOption(providerOptions.redirectUri())
    .addOption(providerOptions.resource())
    .addHelpText(
      'after',
      examples(
        'mtls login --account le123 --config-api https://config.example \\\n      --issuer https://login.example --client-id mtls',
        'mtls login --from .data/demo.json',
        'mtls login --invitation --config-api https://config.example --forwarder-api https://forwarder.example',
      ),
    )
  return withConnection(command).action(async (options, self) => {
    const { environment, output } = context
    output.json = options.json ?? false
    const file = loginFilePath(environment)
    if (options.invitation) {
      const earlier = await earlierSettings(file, options.configApi)
      const console = options.consoleUrl || earlier.console
      if (console !== undefined) requireSafeUrl(console, '--console-url')
      await keep(file, { ...(await loginByInvitation(options, earlier, context)), console }, output)
      return
    }
    const source = options.from === undefined ? {} : await readLoginSource(context, options.from)
    const earlier = await earlierSettings(file, options.configApi || source.configApi)
    // What is wrong with it is told before anybody is asked for a secret, or to sign in.
    const place = resolvePlace(options, source, earlier)
    const console = options.consoleUrl || source.console || earlier.console
    if (console !== undefined) requireSafeUrl(console, '--console-url')
    const isDemanded = options.device === true || self.getOptionValueSource('issuer') === 'cli'
    const login = await newLogin(context, { ...options, isDemanded }, { source, earlier })
    const { provider, refreshToken } = login
    const { token } = await tryCredentials(place, login, context)
    const hasSignedIn = provider !== undefined && token !== undefined
    await keep(file, { ...place, console, ...login, token }, output)
    if (!hasSignedIn) return
    if (refreshToken === undefined) output.complain(noRefreshToken)
    if (environment.MTLS_TOKEN) output.complain('MTLS_TOKEN is set: the other commands use it instead of this login.')
  })
}

/** Tells what it is, but for secrets. */
async function keep(file: string, login: Login, output: Output): Promise<void> {
  await withLoginLock(file, () => writeLogin(file, login))
  const { account, configApi, forwarderApi, console, appKey, provider, expiresAt, refreshToken } = login
  const kept = { account, configApi, forwarderApi, console, appKey, issuer: provider?.issuer, expiresAt, file }
  if (output.json) output.jsonText(JSON.stringify(kept))
  // A token that is going to be refreshed ends no login.
  else output.text(facts(Object.entries(kept).filter(([name]) => name !== 'expiresAt' || refreshToken === undefined)))
}

const noRefreshToken =
  'Your identity provider gave no refresh token: when the token expires, sign in again. Some give one only for another --scope.'

/** What an earlier login has kept, unless it is of another gateway. */
async function earlierSettings(file: string, configApi: string | undefined): Promise<LoginSettings> {
  // What is wrong with the file is of no interest: it is written anew.
  const settings = settingsOf(await readLogin(file).catch(() => ({})))
  return configApi === undefined || configApi === settings.configApi ? settings : {}
}

/** @throws CliFailure where they are not good for this account */
async function tryCredentials(place: Place, login: Login, context: CliContext): Promise<HeldCredentials> {
  const { token, appKey } = heldCredentials(login)
  if (token !== undefined) await tryOne({ ...place, token: async () => token, appKey: undefined }, context)
  if (appKey !== undefined) await tryOne({ ...place, token: undefined, appKey }, context)
  return { token, appKey }
}

async function tryOne(settings: Settings, context: CliContext): Promise<void> {
  const { configApi } = connection(settings, context)
  try {
    await configApi.listCertificates({ query: { limit: 1 } })
  } catch (error) {
    // Good, but for something else than to read certificates.
    if (!(error instanceof ServiceProblem) || error.answer.body.code !== 'SCOPE_MISSING') throw error
  }
}
