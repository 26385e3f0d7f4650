import type { Server } from 'node:net'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { peerAddress, rateKey } from '../throttling/client-address.ts'
import type { TrustedProxies } from '../throttling/trusted-proxies.ts'

/**
 * Closes connections beyond the share of their address, or the total, before anything is read from them: an address
 * with many connections takes file descriptors from nobody.
 *
 * @param pool `connections`; nobody waits in it
 * @param shareOfCaller what an address has at most that is not a proxy's
 */
export function boundConnections(server: Server, pool: Bulkhead, shareOfCaller: number, proxies: TrustedProxies): void {
  // Before Node's own listener, which begins to read.
  server.prependListener('connection', (socket) => {
    const address = peerAddress(socket)
    const permit = pool.tryAcquire(rateKey(address), 1, proxies.mayConnectFrom(address) ? undefined : shareOfCaller)
    if (permit) socket.once('close', () => permit.release())
    else socket.resetAndDestroy()
  })
}
