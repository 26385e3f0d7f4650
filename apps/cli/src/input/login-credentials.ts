import { CliFailure } from '../cli-failure.ts'
import type { Login } from '../settings/login-file.ts'
import type { ProviderOptions } from '../settings/provider-settings.ts'
import type { InputContext } from './inputs.ts'
import { readSecret } from './secret-input.ts'

export interface CredentialOptions {
  readonly tokenFile?: string | undefined
  readonly appKey?: string | undefined
  readonly appSecretFile?: string | undefined
}

export type LoginCredentials = Pick<Login, 'token' | 'appKey' | 'appSecret'>

/** A file that operators hand out, or `npm start` leaves. */
export type LoginSource = LoginCredentials & Omit<Login, 'provider'> & ProviderOptions

/** What is given to log in with, before what `source` has; nobody is asked for a token. @throws CliFailure */
export async function readLoginCredentials(
  context: InputContext,
  { tokenFile, appKey, appSecretFile }: CredentialOptions,
  source: LoginCredentials,
): Promise<LoginCredentials> {
  const token = (await readSecret(context, { file: tokenFile, variable: 'MTLS_TOKEN' })) || source.token
  if (appKey === undefined) return { token, appKey: source.appKey, appSecret: source.appSecret }
  const question = `Secret of the app key ${appKey}: `
  const appSecret = await readSecret(context, { file: appSecretFile, variable: 'MTLS_APP_SECRET', question })
  return { token, appKey, appSecret }
}

/** From stdin, or the terminal. @throws CliFailure where there is none */
export async function askToken({ inputs }: InputContext): Promise<string> {
  const token = inputs.isTerminal ? await inputs.askSecret('Bearer token: ') : await inputs.secretFile('-')
  if (token !== '') return token
  throw new CliFailure(
    'wrongUse',
    'There is no token. Give it on stdin, by --token-file or by MTLS_TOKEN; or sign in at your identity provider with --issuer and --client-id.',
  )
}

/** With the names of the file that `npm start` leaves. @throws CliFailure */
export async function readLoginSource({ inputs }: InputContext, path: string): Promise<LoginSource> {
  const text = (await inputs.file(path)).toString('utf8')
  try {
    const { accountId: account, bearerToken: token, ...others } = JSON.parse(text)
    const { configApi, forwarderApi, console, appKey, appSecret } = others
    const { issuer, clientId, scope, redirectUri, resource } = others
    const provider = { issuer, clientId, scope, redirectUri, resource }
    return { configApi, forwarderApi, console, account, token, appKey, appSecret, ...provider }
  } catch {
    // What JSON.parse says quotes the file, which holds secrets.
    throw new CliFailure('wrongUse', `${path} is no JSON file.`)
  }
}
