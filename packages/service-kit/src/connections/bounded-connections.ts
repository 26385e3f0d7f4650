import type { Server } from 'node:net'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { clientAddress, rateKey } from '../throttling/client-address.ts'

/**
 * Closes connections beyond the share of their address, or the total, before anything is read from them: an address
 * with many connections takes file descriptors from nobody.
 *
 * @param pool `connections`; nobody waits in it
 */
export function boundConnections(server: Server, pool: Bulkhead): void {
  // Before Node's own listener, which begins to read.
  server.prependListener('connection', (socket) => {
    const permit = pool.tryAcquire(rateKey(clientAddress({ headers: {}, socket }, 0)))
    if (permit) socket.once('close', () => permit.release())
    else socket.resetAndDestroy()
  })
}
