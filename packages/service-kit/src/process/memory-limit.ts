import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { CodedError } from '@mtls-gateway/domain'

/** What this process may take of memory before something kills it. */
export interface MemoryLimit {
  readonly bytes: number
  readonly from: 'MEMORY_LIMIT_MIB' | 'container' | 'machine'
}

export const mebibyte = 1024 * 1024

/**
 * The operator's, else that of the container (cgroup 1 or 2), else the machine's memory.
 * @throws CodedError `CONFIGURATION_INVALID`: more than there is
 */
export function memoryLimit(settingMiB?: number): MemoryLimit {
  const found = foundLimit()
  if (settingMiB === undefined) return found
  const bytes = settingMiB * mebibyte
  if (bytes <= found.bytes) return { bytes, from: 'MEMORY_LIMIT_MIB' }
  const there = Math.floor(found.bytes / mebibyte)
  throw new CodedError(
    'CONFIGURATION_INVALID',
    `MEMORY_LIMIT_MIB is ${settingMiB}, but the ${found.from} has ${there} MiB. Set at most that, or leave it out: the limit is then that of the ${found.from}.`,
  )
}

function foundLimit(): MemoryLimit {
  const machine = totalmem()
  // Without a limit this is 0, or larger than any machine, depending on the platform.
  const constrained = process.constrainedMemory()
  return constrained > 0 && constrained < machine
    ? { bytes: constrained, from: 'container' }
    : { bytes: machine, from: 'machine' }
}

/**
 * What a process takes before it has done anything, without its heap: 64 MiB of code and libraries, and V8's young
 * generation. Measured: a forwarder that has just started has 66 MiB of its own, of them 39 of heap, and maps 57 of
 * files.
 */
export const processBytes = 112 * mebibyte

/** What V8's heap gets of the rest. What others have to get room for lies outside of it. */
const heapShares = { 'forwarder-api': 0.4, 'config-api': 0.33, prober: 0.25, console: 0.5 } as const

/** With less, a service spends its time on collecting garbage, if it starts at all. */
export const leastHeapBytes = 64 * mebibyte

export type ServiceName = keyof typeof heapShares

/** What a limit leaves for everything that can be divided. */
export function shareable({ bytes }: MemoryLimit): number {
  return Math.max(0, bytes - processBytes)
}

/** Three half spaces of 16 MiB, as in the image: where objects are made. */
const youngBytes = 48 * mebibyte

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
