import { type MemoryLimit, mebibyte } from './memory-limit.ts'

/**
 * What a process takes before it has done anything, without its heap: 64 MiB of code and libraries, and V8's young
 * generation. Measured: a forwarder that has just started has 66 MiB of its own, of them 39 of heap, and maps 57 of
 * files.
 */
export const processBytes = 112 * mebibyte

/** What V8's heap gets of the rest. What others have to get room for lies outside of it. */
export const heapShares = { 'forwarder-api': 0.4, 'config-api': 0.33, prober: 0.25, console: 0.5 } as const

/** With less, a service spends its time on collecting garbage, if it starts at all. */
export const leastHeapBytes = 64 * mebibyte

export type ServiceName = keyof typeof heapShares

/** What a limit leaves for everything that can be divided. */
export function shareable({ bytes }: MemoryLimit): number {
  return Math.max(0, bytes - processBytes)
}
