import { getHeapStatistics } from 'node:v8'
import { mebibyte, memoryLimit } from './memory-limit.ts'
import { heapShares, leastHeapBytes, type ServiceName, shareable } from './shares.ts'

/** Three half spaces of 16 MiB, as in the image: where objects are made. */
export const youngBytes = 48 * mebibyte

/** What V8 lets objects that have grown older take, in bytes. */
export function heapLimit(): number {
  return getHeapStatistics().heap_size_limit - youngBytes
}

/**
 * Keeps V8's heap to its part of the memory: V8 takes half of a container for itself, whatever else lies there. A limit
 * can't be changed once V8 runs, so Node is started again in the same process (its id, parent, input and output stay),
 * which takes 50 ms. Does nothing where V8's limit is no larger anyway, as on most machines without a container, or was
 * given (`--max-old-space-size` in NODE_OPTIONS). Call it before anything is loaded.
 */
export function limitHeap(service: ServiceName, environment: NodeJS.ProcessEnv): void {
  // A channel to the parent would not survive.
  if (process.execve === undefined || process.connected) return
  const limit = limitedHeap(service, environment)
  if (limit >= heapLimit()) return
  const flags = [`--max-old-space-size=${limit / mebibyte}`]
  if (!isGiven(environment, youngFlag)) flags.push(`--max-semi-space-size=${youngBytes / 3 / mebibyte}`)
  const args = [process.execPath, ...flags, ...process.execArgv, ...process.argv.slice(1)]
  process.execve(process.execPath, args, environment)
}

/** What {@link limitHeap} leaves to V8 in a process with these variables and the flags of this one, in bytes. */
export function limitedHeap(service: ServiceName, environment: NodeJS.ProcessEnv): number {
  const wanted = isGiven(environment, heapFlag) ? undefined : wantedBytes(service, environment)
  return wanted === undefined ? heapLimit() : Math.min(heapLimit(), Math.floor(wanted / mebibyte) * mebibyte)
}

/** Undefined: the configuration is wrong, which is told once it is read. */
function wantedBytes(service: ServiceName, { MEMORY_LIMIT_MIB: text }: NodeJS.ProcessEnv): number | undefined {
  try {
    const limit = memoryLimit(text === undefined || text.trim() === '' ? undefined : Number(text))
    const bytes = Math.max(leastHeapBytes, heapShares[service] * shareable(limit))
    return Number.isFinite(bytes) ? bytes : undefined
  } catch {
    return undefined
  }
}

const heapFlag = /^--max[-_](old[-_]space|heap)[-_]size/
const youngFlag = /^--max[-_]semi[-_]space[-_]size/

function isGiven({ NODE_OPTIONS = '' }: NodeJS.ProcessEnv, flag: RegExp): boolean {
  return [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)].some((option) => flag.test(option))
}
