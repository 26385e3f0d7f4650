import {
  type ConfigApiClient,
  type Credentials,
  createConfigApiClient,
  createForwarderApiClient,
  type Fetch,
  type ForwarderApiClient,
} from '@mtls-gateway/client'
import { CliFailure } from '../cli-failure.ts'
import { asMtls, fetchAsMtls } from '../fetch-as-mtls.ts'
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
import { fetchWithCertificate } from './fetch-with-certificate.ts'
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
  const showsCertificate = await certificateOf(options)
  const login = withEnvironment(await readLogin(file), environment)
  if (showsCertificate !== undefined) {
    const place = resolvePlace(options, login)
    return connection({ ...place, appKey: undefined, token: undefined, showsCertificate }, context)
  }
  const { appKey, token } = heldCredentials(login)
  const kept = new KeptToken(file, login)
  return connection(
    { ...resolvePlace(options, login), appKey, token: token === undefined ? undefined : () => kept.current() },
    context,
  )
}

export function connection(settings: Settings, { heard }: Pick<ConnectionContext, 'heard'>): Connection {
  const { account: accountId, configApi, forwarderApi } = settings
  const options = { ...credentialsOf(settings), accountId, fetch: fetchOf(settings) }
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

/** @throws CliFailure: one is without the other, or the files can't be used */
function certificateOf({ clientCert, clientKey }: ConnectionOptions): Promise<Fetch> | undefined {
  if (!clientCert && !clientKey) return undefined
  if (clientCert && clientKey) return fetchWithCertificate(clientCert, clientKey)
  throw new CliFailure('wrongUse', 'Give both, the certificate and its key: --client-cert and --client-key.')
}

/** What brings requests to the services. */
export function fetchOf({ showsCertificate }: Settings): Fetch {
  return showsCertificate === undefined ? fetchAsMtls : asMtls(showsCertificate)
}

/** The certificate, or the token, which every resource but forward takes, else the app key. */
function credentialsOf({ token, appKey, showsCertificate }: Settings): Credentials {
  if (showsCertificate) return { clientCertificate: true }
  if (token) return { token }
  if (appKey) return appKey
  return {
    token: () => {
      throw new CliFailure('wrongUse', 'There is no token. Log in (mtls login) or set MTLS_TOKEN.')
    },
  }
}
