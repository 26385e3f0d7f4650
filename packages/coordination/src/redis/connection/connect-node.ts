import { createClient } from 'redis'
import type { RedisTls } from './connect-options.ts'
import type { ReadLogin } from './login.ts'
import { type ConnectRedis, connectUntil } from './redis-client.ts'
import type { ServerAddress, ServerLogin } from './server-address.ts'

/** Options of node-redis for every connection. */
export function nodeOptions(login: ServerLogin, tls: RedisTls | undefined) {
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
    socket: login.tls ? { ...socket, ...tls, tls: true as const } : socket,
  } as const
}

/** Connects to one server. */
export function connectNode(address: ServerAddress, login: ReadLogin, tls: RedisTls | undefined): ConnectRedis {
  return async ({ signal, onLost }) => {
    const options = nodeOptions(await login(), tls)
    const client = createClient({ ...options, socket: { ...options.socket, ...address } })
    client.on('error', onLost)
    await connectUntil(client, signal)
    return {
      send: (_key, words) => client.sendCommand([...words]),
      serverOf: () => '',
      sendToAll: async (words) => [await client.sendCommand([...words])],
      destroy: () => client.destroy(),
    }
  }
}
