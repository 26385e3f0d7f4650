import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Env } from './backends.ts'
import { type CrashPlan, PlannedWrites } from './crash-plan.ts'
import type { AccountWrites, CrashPoint } from './crash-point.ts'
import { redisCommands } from './redis-commands.ts'

/** A write or deletion of a secret, not a login. Requests on one connection are sequential, and each begins a chunk. */
const secretWrite = /^(?:POST|PUT|DELETE) \/v1\/[\w-]+\/(?:data|metadata)\/[\w-]+\/([\w-]+)/
/** A change notice, not a count or a nonce. */
const noticeWrite = /"account":"([\w-]+)","revision":\d+,"revoked":\[/
/** It is answered, and has no effect. */
const ping = '*1\r\n$4\r\nPING\r\n'

interface Armed {
  readonly plan: CrashPlan
  readonly writes: PlannedWrites
  readonly kill: () => Promise<void>
  readonly accounts: Map<string, AccountWrites>
}

/**
 * Stands in front of Vault and Redis. From an account's point on its writes don't reach them, and the last one that did
 * is not answered. It works on bytes, as Node's HTTP server does not know Vault's method LIST.
 */
export async function startCuttingProxy(env: Env): Promise<CrashPoint> {
  let armed: Armed | undefined
  const note = ({ accounts, plan, kill }: Armed, account: string, news: Partial<AccountWrites>) => {
    accounts.set(account, { done: 0, ended: false, ...accounts.get(account), ...news })
    if (news.ended && account === plan.fatal) void kill()
  }
  const noteDone = (now: Armed, account: string) =>
    note(now, account, { done: (now.accounts.get(account)?.done ?? 0) + 1 })

  const toVault = (client: Socket, vault: Socket) => {
    let write: { readonly now: Armed; readonly account: string; readonly isLast: boolean } | undefined
    client.on('data', (chunk) => {
      const account = secretWrite.exec(chunk.toString('latin1'))?.[1]
      if (account === undefined || armed === undefined) return void vault.write(chunk)
      const fate = armed.writes.fate(account)
      if (fate !== 'lost') {
        write = { now: armed, account, isLast: fate === 'last' }
        return void vault.write(chunk)
      }
      note(armed, account, { ended: true })
      client.destroy()
    })
    vault.on('data', (chunk) => {
      if (write) noteDone(write.now, write.account)
      if (!write?.isLast) client.write(chunk)
      else {
        note(write.now, write.account, { ended: true })
        client.destroy()
      }
      write = undefined
    })
  }

  /** All accounts share a connection, which must stay for the others: a lost command becomes one that does nothing. */
  const toRedis = (client: Socket, redis: Socket) => {
    client.on('data', (chunk) => {
      const commands = redisCommands(chunk.toString('latin1')).map((command) => {
        const account = noticeWrite.exec(command)?.[1]
        if (account === undefined || armed === undefined) return command
        const fate = armed.writes.fate(account)
        if (fate !== 'lost') noteDone(armed, account)
        if (fate !== 'done') note(armed, account, { ended: true })
        return fate === 'lost' ? ping : command
      })
      redis.write(commands.join(''), 'latin1')
    })
    redis.on('data', (chunk) => client.write(chunk))
  }

  const vault = await startProxy(env.VAULT_ADDR ?? '', toVault)
  const redis = await startProxy(env.REDIS_URL ?? '', toRedis)
  return {
    env: { VAULT_ADDR: vault.address, REDIS_URL: redis.address },
    arm: async (plan, kill) => {
      armed = { plan, kill, writes: new PlannedWrites(plan), accounts: new Map() }
    },
    writesOf: async (account) => armed?.accounts.get(account) ?? { done: 0, ended: false },
    disarm: async () => {
      armed = undefined
    },
    /** Once its client has ended. */
    close: async () => {
      const servers = [vault.server, redis.server]
      for (const server of servers) server.close()
      await Promise.all(servers.map((server) => once(server, 'close')))
    },
  }
}

async function startProxy(
  upstreamUrl: string,
  handOn: (client: Socket, upstream: Socket) => void,
): Promise<{ readonly server: Server; readonly address: string }> {
  const { protocol, hostname, port } = new URL(upstreamUrl)
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy())
    handOn(client, upstream)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, address: `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}` }
}
