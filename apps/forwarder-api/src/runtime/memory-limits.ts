import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

/** What bounds this process, in bytes. */
export interface MemoryLimits {
  /** The container's, or else the machine's. */
  readonly memory: number
  /** V8's own, which is less: it knows nothing of what OpenSSL takes. */
  readonly heap: number
}

export function memoryLimits(): MemoryLimits {
  // Without a limit it is 0 or larger than any machine, by platform.
  const constrained = process.constrainedMemory()
  return {
    memory: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
    heap: getHeapStatistics().heap_size_limit,
  }
}
