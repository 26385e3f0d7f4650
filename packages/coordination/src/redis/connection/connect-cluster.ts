import { createCluster } from 'redis'
import { slotOf } from './cluster-slot.ts'
import { nodeOptions } from './connect-node.ts'
import type { RedisTls } from './connect-options.ts'
import type { ReadLogin } from './login.ts'
import { type ConnectRedis, connectUntil } from './redis-client.ts'
import type { ServerList } from './server-address.ts'

/** Connects to every master of a cluster. If one fails, all count as failed until the cluster is complete again. */
export function connectCluster({ addresses }: ServerList, login: ReadLogin, tls: RedisTls | undefined): ConnectRedis {
  return async ({ signal, onLost }) => {
    const { RESP, ...defaults } = nodeOptions(await login(), tls)
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
      serverOf: (key) => cluster.slots[slotOf(key)]?.master.address ?? '',
      sendToAll: (words) => Promise.all(cluster.masters.map(({ client }) => client?.sendCommand([...words]))),
      destroy: () => cluster.destroy(),
    }
  }
}
