import { defaultConnectionSettings, hotIdentityBytes } from '@mtls-gateway/outbound'
import type { MemoryLimits } from './memory-limits.ts'

/** The part of either limit that identities get. The rest is for caches, bodies, requests and garbage. */
const part = 1 / 3
/** The part of an identity that lies in V8's heap. Measured: 9,700 of them filled one of 560 MiB. */
const heapBytes = 56 * 1024
const fewest = 100

/** How many identities may keep connections if the operator has not configured a number. */
export function hotIdentitiesWithin({ memory, heap }: MemoryLimits): number {
  const fitting = Math.floor(Math.min((memory * part) / hotIdentityBytes, (heap * part) / heapBytes))
  return Math.max(fewest, Math.min(fitting, defaultConnectionSettings.maxIdentities))
}
