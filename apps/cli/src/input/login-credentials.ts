import { CliFailure } from '../cli-failure.ts'
import type { Login } from '../settings/login-file.ts'
import type { InputContext } from './inputs.ts'
import { readSecret } from './secret-input.ts'

export interface CredentialOptions {
  readonly tokenFile?: string | undefined
  readonly appKey?: string | undefined
  readonly appSecretFile?: string | undefined
}

/** What a user logs in with, before what `source` has. @throws CliFailure */
export async function readLoginCredentials(
  context: InputContext,
  { tokenFile, appKey, appSecretFile }: CredentialOptions,
  source: Login,
): Promise<Login> {
  const token = (await readSecret(context, { file: tokenFile, variable: 'MTLS_TOKEN' })) || source.token
  if (appKey !== undefined) {
    const question = `Secret of the app key ${appKey}: `
    const appSecret = await readSecret(context, { file: appSecretFile, variable: 'MTLS_APP_SECRET', question })
    return { token, appKey, appSecret }
  }
  const { appSecret } = source
  const isNothing = token === undefined && source.appKey === undefined
  return { token: isNothing ? await askToken(context) : token, appKey: source.appKey, appSecret }
}

async function askToken({ inputs }: InputContext): Promise<string> {
  const token = inputs.isTerminal ? await inputs.askSecret('Bearer token: ') : await inputs.secretFile('-')
  if (token !== '') return token
  throw new CliFailure('wrongUse', 'There is no token. Give it on stdin, by --token-file or by MTLS_TOKEN.')
}

/** A file with the names of the one that `npm start` leaves. @throws CliFailure */
export async function readLoginSource({ inputs }: InputContext, path: string): Promise<Login> {
  const text = (await inputs.file(path)).toString('utf8')
  try {
    const { configApi, forwarderApi, accountId, bearerToken, appKey, appSecret } = JSON.parse(text)
    return { configApi, forwarderApi, account: accountId, token: bearerToken, appKey, appSecret }
  } catch {
    // What JSON.parse says quotes the file, which holds secrets.
    throw new CliFailure('wrongUse', `${path} is no JSON file.`)
  }
}
