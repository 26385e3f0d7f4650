import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { CrashAt, CrashPoint } from './crash-point.ts'

interface Armed extends CrashAt {
  readonly kill: () => Promise<void>
  writes: number
}

/** Of a secret, or its end; not of a login. Requests of one connection come one after the other, each begins a chunk. */
const write = /^(POST|PUT|DELETE) \/v1\/[\w-]+\/(data|metadata)\//

/**
 * Stands before a Vault: kills its client at a write, which then has either not reached Vault or is done and not answered.
 * On the level of bytes: Node's HTTP server does not know Vault's method LIST.
 */
export async function startCuttingProxy(vault: string): Promise<CrashPoint> {
  let armed: Armed | undefined
  const { hostname, port } = new URL(vault)

  const handOn = (client: Socket) => {
    let fatal: Armed | undefined
    const store = connect(Number(port), hostname)
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
  const server = createServer(handOn).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    env: { VAULT_ADDR: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    arm: async (at, kill) => {
      armed = { ...at, kill, writes: 0 }
    },
    disarm: async () => {
      armed = undefined
    },
    /** Once its client has ended. */
    close: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
