import { readFileSync } from 'node:fs'
import type { Server } from 'node:net'
import type { Bulkhead, BulkheadLimits } from '@mtls-gateway/bulkhead'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import { givenBy, type MemoryPart } from '../process/memory-budget.ts'
import { mebibyte } from '../process/memory-limit.ts'
import { peerAddress, rateKey, type TrustedProxies } from '../throttling/client-address.ts'

export interface ConnectionLimits extends BulkheadLimits {
  /** What an address has that is not a proxy's. */
  readonly shareOfCaller: number
}

/**
 * Callers' connections get half of the descriptors unless there is memory for fewer, or the operator configures a
 * number. The other half is for targets, store and files. One address gets half of the callers' connections, or all
 * but the reserve if it is a proxy in front of all callers.
 */
export function connectionLimits({
  maxConnections = mostCallerConnections(),
}: Pick<CommonConfiguration, 'maxConnections'>): ConnectionLimits {
  const reserve = Math.ceil(maxConnections / 10)
  const share = maxConnections - reserve
  return { total: maxConnections, reserve, share, shareOfCaller: Math.min(share, Math.ceil(maxConnections / 2)) }
}

type CallerSettings = Pick<CommonConfiguration, 'maxConnections' | 'tlsCertFile'>

/** What callers' connections may take of the memory of a service. */
export function callerConnectionMemory(share: number, settings: CallerSettings): MemoryPart {
  const bytes = callerConnectionBytes(settings)
  return {
    share,
    least: 2 * mebibyte,
    most: mostCallerConnections() * bytes,
    given: givenBy('MAX_CONNECTIONS', settings.maxConnections, bytes),
  }
}

/** How many there may be, with so many bytes for them. */
export function callerConnectionsWithin(bytes: number, settings: CallerSettings): number {
  return settings.maxConnections ?? Math.floor(bytes / callerConnectionBytes(settings))
}

/** What one takes of memory while it is idle: measured 28 KiB, and 78 with TLS that ends here. */
function callerConnectionBytes({ tlsCertFile }: Pick<CommonConfiguration, 'tlsCertFile'>): number {
  return (tlsCertFile === undefined ? 32 : 80) * 1024
}

function mostCallerConnections(): number {
  return Math.floor(descriptorLimit() / 2)
}

/** The limit for connections to targets: what callers leave, except an eighth, which is for the store and files. */
export function mostTargetConnections(limits: Pick<CommonConfiguration, 'maxConnections'>): number {
  const all = descriptorLimit()
  const { maxConnections = mostCallerConnections() } = limits
  return Math.max(Math.floor((all * 7) / 8) - maxConnections, Math.floor(all / 8))
}

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

/** Used if the platform does not say how many a process may have. */
const usualLimit = 16_384

/** File descriptors that this process may open. Node raises the soft limit to the hard one at its start. */
export function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(soft ?? usualLimit)
  } catch {
    // Not on Linux.
    return usualLimit
  }
}
