import { CodedError } from '@mtls-gateway/domain'
import { connectCluster } from './connection/connect-cluster.ts'
import { connectNode } from './connection/connect-node.ts'
import { connectSentinel } from './connection/connect-sentinel.ts'
import { readLogin } from './connection/login.ts'
import type { ConnectRedis } from './connection/redis-client.ts'
import { parseServers } from './connection/server-address.ts'
import type { RedisCoordinationOptions } from './options.ts'

export function isCluster({ cluster, sentinels, urls }: RedisCoordinationOptions): boolean {
  if (cluster && sentinels) throw invalid('Redis is either a cluster or watched by sentinels, not both')
  return cluster ?? (urls.length > 1 && !sentinels)
}

export function connector({ urls, tls, login, sentinels }: RedisCoordinationOptions, cluster: boolean): ConnectRedis {
  const servers = parseServers(urls, sentinels ? 26_379 : 6_379)
  const [address, ...others] = servers.addresses
  const ownLogin = readLogin(servers, login)
  if (sentinels) return connectSentinel(servers, ownLogin, sentinels, tls)
  if (cluster && servers.database !== 0) throw invalid('A Redis cluster has no other database than 0')
  if (cluster) return connectCluster(servers, ownLogin, tls)
  if (!address || others.length > 0) throw invalid('Several Redis urls are those of a cluster or of sentinels')
  return connectNode(address, ownLogin, tls)
}

export function invalid(fault: string): CodedError {
  return new CodedError('CONFIGURATION_INVALID', `${fault}.`)
}
