import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Env } from './backends.ts'
import type { CrashAt, CrashPoint } from './crash-point.ts'

interface Armed extends CrashAt {
  readonly kill: () => Promise<void>
  writes: number
}

/** What a chunk of bytes looks like that is a write, by the setting that says where it goes. */
const writes = {
  // Of a secret, or its end; not of a login. Requests of one connection come one after the other, each begins a chunk.
  VAULT_ADDR: /^(POST|PUT|DELETE) \/v1\/[\w-]+\/(data|metadata)\//,
  // A change notice; not a count or a nonce.
  REDIS_URL: /"revision":\d+,"revoked":\[/,
} as const

/**
 * Stands before Vault and Redis: kills their client at a write, which then has either not reached them or is done and not
 * answered. On the level of bytes: Node's HTTP server does not know Vault's method LIST.
 */
export async function startCuttingProxy(env: Env): Promise<CrashPoint> {
  let armed: Armed | undefined

  const handOn = (client: Socket, upstream: URL, write: RegExp) => {
    let fatal: Armed | undefined
    const store = connect(Number(upstream.port), upstream.hostname)
    for (const [socket, other] of [
      [client, store],
      [store, client],
    ] as const) {
      socket.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
    client.on('data', (chunk) => {
      const isFatal = armed !== undefined && write.test(chunk.toString('latin1')) && ++armed.writes === armed.write
      if (isFatal) fatal = armed
      if (isFatal && fatal?.when === 'before') void fatal.kill()
      else store.write(chunk)
    })
    store.on('data', (chunk) => {
      if (fatal === undefined) client.write(chunk)
      else void fatal.kill()
    })
  }
  const servers: Server[] = []
  const proxied: Record<string, string> = {}
  for (const [setting, write] of Object.entries(writes)) {
    const upstream = new URL(env[setting] ?? '')
    const server = createServer((client) => handOn(client, upstream, write)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    proxied[setting] = `${upstream.protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  return {
    env: proxied,
    arm: async (at, kill) => {
      armed = { ...at, kill, writes: 0 }
    },
    disarm: async () => {
      armed = undefined
    },
    /** Once its client has ended. */
    close: async () => {
      for (const server of servers) server.close()
      await Promise.all(servers.map((server) => once(server, 'close')))
    },
  }
}
