import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

/** The memory limits of this process, in bytes. */
export interface MemoryLimits {
  /** That of the container, or else of the machine. */
  readonly memory: number
  /** V8's own limit, which is lower and does not include OpenSSL's memory. */
  readonly heap: number
}

export function memoryLimits(): MemoryLimits {
  // Without a limit this is 0, or larger than any machine, depending on the platform.
  const constrained = process.constrainedMemory()
  return {
    memory: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
    heap: getHeapStatistics().heap_size_limit,
  }
}
