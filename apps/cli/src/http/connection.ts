import {
  type ConfigApiClient,
  type Credentials,
  createConfigApiClient,
  createForwarderApiClient,
  type ForwarderApiClient,
} from '@mtls-gateway/client'
import { CliFailure } from '../cli-failure.ts'
import { fetchAsMtls } from '../fetch-as-mtls.ts'
import type { Output } from '../output.ts'
import { loginFilePath, readLogin } from '../settings/login-file.ts'
import {
  type ConnectionOptions,
  heldCredentials,
  resolvePlace,
  type Settings,
  withEnvironment,
} from '../settings/settings.ts'
import { KeptToken } from '../sign-in/kept-token.ts'
import type { Heard } from './service-place.ts'
import { terminalClient } from './terminal-client.ts'

/** What a connection needs of a command's context. */
export interface ConnectionContext {
  readonly environment: NodeJS.ProcessEnv
  readonly output: Output
  readonly heard: Heard
}

/** Both services as one account sees them. */
export interface Connection {
  readonly settings: Settings
  readonly configApi: ConfigApiClient
  readonly forwarderApi: ForwarderApiClient
}

/** @throws CliFailure: what is missing or malformed */
export async function connect(options: ConnectionOptions, context: ConnectionContext): Promise<Connection> {
  const { environment, output } = context
  output.json = options.json ?? false
  const file = loginFilePath(environment)
  const login = withEnvironment(await readLogin(file), environment)
  const { appKey, token } = heldCredentials(login)
  const kept = new KeptToken(file, login)
  return connection(
    { ...resolvePlace(options, login), appKey, token: token === undefined ? undefined : () => kept.current() },
    context,
  )
}

export function connection(settings: Settings, { heard }: Pick<ConnectionContext, 'heard'>): Connection {
  const { account: accountId, configApi, forwarderApi } = settings
  const options = { ...credentialsOf(settings), accountId, fetch: fetchAsMtls }
  return {
    settings,
    configApi: terminalClient(
      createConfigApiClient({ ...options, baseUrl: configApi }),
      { service: 'config-api', baseUrl: configApi },
      heard,
    ),
    forwarderApi: terminalClient(
      createForwarderApiClient({ ...options, baseUrl: forwarderApi }),
      { service: 'forwarder-api', baseUrl: forwarderApi },
      heard,
    ),
  }
}

/** The token, which every resource but forward takes, else the app key. */
function credentialsOf({ token, appKey }: Settings): Credentials {
  if (token) return { token }
  if (appKey) return appKey
  return {
    token: () => {
      throw new CliFailure('wrongUse', 'There is no token. Log in (mtls login) or set MTLS_TOKEN.')
    },
  }
}
