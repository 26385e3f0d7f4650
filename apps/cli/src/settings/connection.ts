import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { ServiceClient, type ServiceClientOptions } from '../http/service-client.ts'
import { loginFilePath, readLogin } from './login-file.ts'
import { type ConnectionOptions, heldCredentials, resolvePlace, type Settings, withEnvironment } from './settings.ts'
import { signRequest } from './sign-request.ts'

/** Both services as one account sees them. */
export interface Connection {
  readonly settings: Settings
  readonly configApi: ServiceClient
  readonly forwarderApi: ServiceClient
  /** The path on either service, below the account: `path('/certificates')`. */
  path(below: string): string
}

/** @throws CliFailure: what is missing or malformed */
export async function connect(options: ConnectionOptions, { environment, output }: CliContext): Promise<Connection> {
  output.json = options.json ?? false
  const login = withEnvironment(await readLogin(loginFilePath(environment)), environment)
  return connection({ ...resolvePlace(options, login), ...heldCredentials(login) })
}

export function connection(settings: Settings): Connection {
  const { account, configApi, forwarderApi } = settings
  const authorize = authorizationOf(settings)
  return {
    settings,
    configApi: new ServiceClient({ service: 'config-api', baseUrl: configApi, authorize }),
    forwarderApi: new ServiceClient({ service: 'forwarder-api', baseUrl: forwarderApi, authorize }),
    path: (below) => `/mtls/account/${encodeURIComponent(account)}${below}`,
  }
}

/** By the token, which every resource but forward takes, else by the app key. */
function authorizationOf({ token, appKey }: Settings): ServiceClientOptions['authorize'] {
  return (request) => {
    if (token) return `Bearer ${token}`
    if (appKey) return signRequest(appKey, request)
    throw new CliFailure('wrongUse', 'There is no token. Log in (mtls login) or set MTLS_TOKEN.')
  }
}
