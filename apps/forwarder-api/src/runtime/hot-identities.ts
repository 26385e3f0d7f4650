import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { defaultConnectionSettings, hotIdentityBytes } from '@mtls-gateway/outbound'

/** What bounds this process, in bytes. */
export interface MemoryLimits {
  /** The container's, or else the machine's. */
  readonly memory: number
  /** V8's own, which is less: it knows nothing of what OpenSSL takes. */
  readonly heap: number
}

/** The part of either limit that identities get. The rest is for caches, bodies, requests, and garbage. */
const part = 1 / 3
/** The part of an identity that lies in V8's heap. Measured: 9,700 of them filled one of 560 MiB. */
const heapBytes = 56 * 1024
const fewest = 100

export function memoryLimits(): MemoryLimits {
  // Without a limit it is 0 or larger than any machine, by platform.
  const constrained = process.constrainedMemory()
  return {
    memory: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
    heap: getHeapStatistics().heap_size_limit,
  }
}

/** How many identities may keep connections where the operator has not said it. */
export function hotIdentitiesWithin({ memory, heap }: MemoryLimits): number {
  const fitting = Math.floor(Math.min((memory * part) / hotIdentityBytes, (heap * part) / heapBytes))
  return Math.max(fewest, Math.min(fitting, defaultConnectionSettings.maxCallers))
}
