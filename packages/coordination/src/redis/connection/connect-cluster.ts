import { createCluster } from 'redis'
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

/** The slot of a key: CRC-16/XMODEM of what is in its first braces, or of all of it (Redis cluster specification). */
export function slotOf(key: string): number {
  const begin = key.indexOf('{') + 1
  const end = key.indexOf('}', begin)
  let crc = 0
  for (const byte of Buffer.from(begin > 0 && end > begin ? key.slice(begin, end) : key)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return crc % 16_384
}
