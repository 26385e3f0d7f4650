import { CodedError } from '@mtls-gateway/domain'
import type { RedisCoordinationOptions, RedisSentinels } from './options.ts'
import { type ConnectRedis, connectUntil, inTime } from './redis-client.ts'
import {
  parseServers,
  type ReadLogin,
  readLogin,
  type ServerAddress,
  type ServerList,
  type ServerLogin,
} from './server-address.ts'

export function isCluster({ sentinels, urls }: Pick<RedisCoordinationOptions, 'sentinels' | 'urls'>): boolean {
  return urls.length > 1 && !sentinels
}

/** @throws CodedError `CONFIGURATION_INVALID` */
export async function connector(options: RedisCoordinationOptions): Promise<ConnectRedis> {
  const { urls, ca, login, sentinels } = options
  // Here and not first in an attempt, whose time is limited.
  await nodeRedis()
  const servers = parseServers(urls, sentinels ? 26_379 : 6_379)
  const ownLogin = readLogin(servers, login)
  if (sentinels) return connectSentinel(servers, ownLogin, sentinels, ca)
  if (!isCluster(options)) return connectNode(servers.addresses[0], ownLogin, ca)
  if (servers.database !== 0) throw invalid('A Redis cluster has no other database than 0')
  return connectCluster(servers, ownLogin, ca)
}

export function invalid(fault: string): CodedError {
  return new CodedError('CONFIGURATION_INVALID', `${fault}.`)
}

/** 650 modules that a process without Redis does not need. */
const nodeRedis = () => import('redis')

function nodeOptions(login: ServerLogin, ca: string | undefined) {
  // RedisLink reconnects. A client that does so by itself could not be told from one that hangs.
  const socket = { reconnectStrategy: false, connectTimeout: 2_000 } as const
  return {
    // With RESP 2, replies to raw commands have the same shape for every version of the server.
    RESP: 2,
    ...(login.username !== undefined && { username: login.username }),
    ...(login.password !== undefined && { password: login.password }),
    database: login.database,
    disableOfflineQueue: true,
    // CLIENT SETINFO, which an ACL user may not be allowed.
    disableClientInfo: true,
    maintNotifications: 'disabled',
    socket: login.tls ? { ...socket, ca, tls: true as const } : socket,
  } as const
}

function connectNode(address: ServerAddress, login: ReadLogin, ca: string | undefined): ConnectRedis {
  return async ({ signal, onLost }) => {
    const { createClient } = await nodeRedis()
    const options = nodeOptions(await login(), ca)
    const client = createClient({ ...options, socket: { ...options.socket, ...address } })
    client.on('error', onLost)
    await connectUntil(client, signal)
    return {
      send: (_key, words) => client.sendCommand([...words]),
      sendToAll: async (words) => [await client.sendCommand([...words])],
      destroy: () => client.destroy(),
    }
  }
}

/** Connects to every master of a cluster. If one fails, all count as failed until the cluster is complete again. */
function connectCluster({ addresses }: ServerList, login: ReadLogin, ca: string | undefined): ConnectRedis {
  return async ({ signal, onLost }) => {
    const { createCluster } = await nodeRedis()
    const { RESP, ...defaults } = nodeOptions(await login(), ca)
    const cluster = createCluster({
      RESP,
      defaults,
      rootNodes: addresses.map((socket) => ({ socket: { ...socket } })),
    })
    cluster.on('error', onLost)
    cluster.on('node-error', onLost)
    await connectUntil(cluster, signal)
    return {
      send: (key, words) => cluster.sendCommand(key, false, [...words]),
      sendToAll: (words) => Promise.all(cluster.masters.map(({ client }) => client?.sendCommand([...words]))),
      destroy: () => cluster.destroy(),
    }
  }
}

/** How long each sentinel has to answer. */
const askMs = 600

/**
 * Asks the sentinels in turn where the master is, and connects to it. All instances have one order, so they agree: a
 * sentinel that is cut off together with an old master is not asked as long as an earlier one answers. After a failover
 * the old master disconnects or refuses writes (`READONLY`), and reconnecting asks again. node-redis' own sentinel
 * client would hold requests back in the meantime.
 */
function connectSentinel(
  servers: ServerList,
  login: ReadLogin,
  { master, login: ownLogin }: RedisSentinels,
  ca: string | undefined,
): ConnectRedis {
  const noLogin = { tls: servers.tls, username: undefined, password: undefined, database: 0 }
  const sentinelLogin = readLogin(noLogin, ownLogin)
  const ask = async (sentinel: ServerAddress, signal: AbortSignal): Promise<ServerAddress> => {
    const client = await connectNode(sentinel, sentinelLogin, ca)({ signal, onLost: () => undefined })
    try {
      const reply = await client.send('', ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master])
      if (Array.isArray(reply)) return { host: String(reply[0]), port: Number(reply[1]) }
      throw Object.assign(new Error('the sentinel does not know this master'), { code: 'UNKNOWN_MASTER' })
    } finally {
      client.destroy()
    }
  }
  return async (connecting) => {
    let failure: unknown
    for (const sentinel of servers.addresses) {
      connecting.signal.throwIfAborted()
      const asking = new AbortController()
      try {
        const address = await inTime(ask(sentinel, asking.signal), askMs)
        // Not awaited: that the master fails is no failure of the sentinel.
        return connectNode(address, login, ca)(connecting)
      } catch (error) {
        failure = error
        asking.abort(error)
      }
    }
    throw failure
  }
}
