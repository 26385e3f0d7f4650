import { CliUser } from './cli-user.ts'
import type { RunningSystem } from './running-system.ts'
import type { Tenant } from './tenant.ts'
import type { AppKey } from './wire.ts'

export interface LoggedIn {
  readonly user: CliUser
  readonly token: string
  readonly appKey: AppKey
}

/** A user who has logged in with a token and an app key of the tenant's account, as `--from` reads them. */
export async function loggedIn(system: RunningSystem, tenant: Tenant): Promise<LoggedIn> {
  const user = await CliUser.create(system)
  const [token, appKey] = [await system.token([tenant.id]), await tenant.newAppKey()]
  await user.done(['login', '--from', await user.file('login-source.json', loginSource(system, tenant, token, appKey))])
  return { user, token, appKey }
}

/** With the names of the file that `npm start` leaves. */
export function loginSource(
  system: RunningSystem,
  { id }: Tenant,
  bearerToken: string,
  { appKey, appSecret }: AppKey,
): string {
  const [configApi, forwarderApi] = [system.configApi.url, system.forwarderApi.url]
  return JSON.stringify({ configApi, forwarderApi, accountId: id, bearerToken, appKey, appSecret })
}
