import type { RedisCoordinationOptions } from '@mtls-gateway/coordination'
import type { CommonConfiguration } from '../configuration/common-settings.ts'

type RedisLogin = NonNullable<RedisCoordinationOptions['login']>

/** The logins at Redis and at its sentinels that the settings describe. */
export function redisLogins(configuration: CommonConfiguration): Pick<RedisCoordinationOptions, 'login' | 'sentinels'> {
  const { redisUsername, redisPasswordFile, redisSentinelMaster: master } = configuration
  const { redisSentinelUsername, redisSentinelPasswordFile } = configuration
  const sentinels = master !== undefined && { master, ...login(redisSentinelUsername, redisSentinelPasswordFile) }
  return { ...login(redisUsername, redisPasswordFile), ...(sentinels && { sentinels }) }
}

function login(username: string | undefined, passwordFile: string | undefined): { readonly login?: RedisLogin } {
  if (passwordFile === undefined) return {}
  return { login: username === undefined ? { passwordFile } : { username, passwordFile } }
}
