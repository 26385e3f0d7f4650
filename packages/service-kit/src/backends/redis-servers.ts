import { readFileSync } from 'node:fs'
import type { RedisCoordinationOptions, RedisServers } from '@mtls-gateway/coordination'
import type { CommonConfiguration } from '../configuration/common-settings.ts'

/** Where Redis is, and how to log in to it. */
export type RedisConfiguration = Pick<
  CommonConfiguration,
  | 'redisUrls'
  | 'redisUsername'
  | 'redisPasswordFile'
  | 'redisSentinelMaster'
  | 'redisSentinelUsername'
  | 'redisSentinelPasswordFile'
  | 'redisCaFile'
>

type RedisLogin = NonNullable<RedisCoordinationOptions['login']>

/** The logins at Redis and at its sentinels that the settings describe. */
function redisLogins(configuration: RedisConfiguration): Pick<RedisCoordinationOptions, 'login' | 'sentinels'> {
  const { redisUsername, redisPasswordFile, redisSentinelMaster: master } = configuration
  const { redisSentinelUsername, redisSentinelPasswordFile } = configuration
  const sentinels = master !== undefined && { master, ...login(redisSentinelUsername, redisSentinelPasswordFile) }
  return { ...login(redisUsername, redisPasswordFile), ...(sentinels && { sentinels }) }
}

function login(username: string | undefined, passwordFile: string | undefined): { readonly login?: RedisLogin } {
  if (passwordFile === undefined) return {}
  return { login: username === undefined ? { passwordFile } : { username, passwordFile } }
}

/** The servers that the settings describe, and how to log in to them. */
export function redisServers(configuration: RedisConfiguration): RedisServers {
  const { redisUrls, redisCaFile } = configuration
  return {
    urls: redisUrls.reveal(),
    ...redisLogins(configuration),
    ...(redisCaFile === undefined ? {} : { tls: { ca: readFileSync(redisCaFile, 'utf8') } }),
  }
}
