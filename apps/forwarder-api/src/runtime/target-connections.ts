import { mostTargetConnections } from '@mtls-gateway/service-kit'
import type { MemoryLimits } from './memory-limits.ts'

/** The part of the memory that connections to targets get where all of them are the most expensive. */
const part = 1 / 2
/** What OpenSSL keeps of a handshake for as long as its connection lives, where a target sends all that it may. */
const connectionBytes = 256 * 1024

/** How many connections to targets there may be at once. */
export function targetConnectionsWithin({ memory }: Pick<MemoryLimits, 'memory'>): number {
  return Math.min(mostTargetConnections(), Math.floor((memory * part) / connectionBytes))
}
