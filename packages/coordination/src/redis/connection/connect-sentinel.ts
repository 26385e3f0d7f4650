import { connectNode } from './connect-node.ts'
import type { RedisSentinels, RedisTls } from './connect-options.ts'
import { type ReadLogin, readLogin } from './login.ts'
import { type Connecting, type ConnectRedis, inTime } from './redis-client.ts'
import type { ServerAddress, ServerList } from './server-address.ts'

const askMs = 600

/**
 * Asks the sentinels in turn where the master is, and connects to it. After a failover the old master disconnects or
 * refuses writes (`READONLY`), and reconnecting asks again. node-redis' own sentinel client would hold requests back in
 * the meantime.
 */
export function connectSentinel(
  servers: ServerList,
  login: ReadLogin,
  { master, login: ownLogin }: RedisSentinels,
  tls: RedisTls | undefined,
): ConnectRedis {
  const noLogin = { tls: servers.tls, username: undefined, password: undefined, database: 0 }
  const sentinelLogin = readLogin(noLogin, ownLogin)
  const ask = async (sentinel: ServerAddress, signal: AbortSignal): Promise<ServerAddress> => {
    const client = await connectNode(sentinel, sentinelLogin, tls)({ signal, onLost: () => undefined })
    try {
      const reply = await client.send('', ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master])
      if (!Array.isArray(reply)) throw new UnknownMaster('the sentinel does not know this master')
      return { host: String(reply[0]), port: Number(reply[1]) }
    } finally {
      client.destroy()
    }
  }
  return async (connecting) => {
    const address = await firstAnswer(servers.addresses, connecting, ask)
    return connectNode(address, login, tls)(connecting)
  }
}

class UnknownMaster extends Error {
  readonly code = 'UNKNOWN_MASTER'
}

async function firstAnswer(
  sentinels: readonly ServerAddress[],
  { signal }: Connecting,
  ask: (sentinel: ServerAddress, signal: AbortSignal) => Promise<ServerAddress>,
): Promise<ServerAddress> {
  let failure: unknown
  for (const sentinel of sentinels) {
    signal.throwIfAborted()
    const asking = new AbortController()
    try {
      return await inTime(ask(sentinel, asking.signal), askMs)
    } catch (error) {
      failure = error
      asking.abort(error)
    }
  }
  throw failure
}
