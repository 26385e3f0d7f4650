import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { storeEpochPath } from '@mtls-gateway/secret-store'

export interface Reads {
  readonly reads: number
  /** Reads that were under way together count as one. */
  readonly roundTrips: number
}

export interface CountingProxy {
  readonly address: string
  /** Counts while the work is done; the store is {@link farAwayMs} farther away then. */
  countDuring(work: () => Promise<unknown>): Promise<Reads>
  close(): Promise<void>
}

/** In milliseconds. Reads that are sent together then meet here, however fast the store is. */
export const farAwayMs = 20

/** Stands before a Vault and counts the secrets that are read for calls. */
export async function startCountingProxy(vault: string): Promise<CountingProxy> {
  const agent = new Agent({ keepAlive: true })
  let counts: { reads: number; roundTrips: number } | undefined
  let underWay = 0
  const server = createServer(async (incoming, answer) => {
    const path = /^\/v1\/[\w-]+\/data\/(.+)/.exec(incoming.url ?? '')?.[1]
    // The epoch is read every few seconds, whoever calls.
    const isRead = incoming.method === 'GET' && path !== undefined && path !== storeEpochPath
    if (isRead && counts !== undefined) {
      counts.reads++
      if (underWay++ === 0) counts.roundTrips++
      answer.once('close', () => underWay--)
      await setTimeout(farAwayMs)
    }
    const { method, headers } = incoming
    const outgoing = request(new URL(incoming.url ?? '', vault), { method, headers, agent }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    outgoing.on('error', () => answer.destroy())
    incoming.pipe(outgoing)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    countDuring: async (work) => {
      const mine = { reads: 0, roundTrips: 0 }
      counts = mine
      await work()
      counts = undefined
      return mine
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      agent.destroy()
      await once(server, 'close')
    },
  }
}
