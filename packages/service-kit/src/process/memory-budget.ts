import { CodedError } from '@mtls-gateway/domain'
import { Gauge, type Registry } from 'prom-client'
import type { Log } from '../logging/log.ts'
import { type MemoryLimit, mebibyte, processBytes, shareable } from './memory-limit.ts'

/** One thing that memory is for, outside of the heap. */
export interface MemoryPart {
  /** The share of what the process itself leaves of the limit. */
  readonly share: number
  /** In bytes: what it needs to work at all, and what it could use. */
  readonly least: number
  readonly most: number
  /** What the operator has given it instead, and the setting. */
  readonly given?: { readonly bytes: number; readonly by: string } | undefined
}

/** Undefined where the setting `by` is not set. */
export function givenBy(by: string, count: number | undefined, bytesEach: number): MemoryPart['given'] {
  return count === undefined ? undefined : { bytes: count * bytesEach, by }
}

/** Everything in bytes. The parts, heap and process together are at most the limit. */
export interface MemoryBudget<Name extends string = string> {
  readonly limit: MemoryLimit
  readonly process: number
  /** V8's: where cached accounts and keys lie, what calls work with, and garbage. */
  readonly heap: number
  readonly parts: Readonly<Record<Name, number>>
}

/**
 * Divides a limit. What the operator has given comes first; all others get their shares, or less where that leaves
 * less.
 * @throws CodedError `CONFIGURATION_INVALID`: what was given, and the least that all others need, is over the limit
 */
export function divideMemory<Name extends string>(
  limit: MemoryLimit,
  heap: number,
  parts: Readonly<Record<Name, MemoryPart>>,
): MemoryBudget<Name> {
  const named = Object.entries<MemoryPart>(parts)
  const others = named.filter(([, { given }]) => given === undefined)
  const taken = named.reduce((sum, [, { given }]) => sum + (given?.bytes ?? 0), processBytes + heap)
  const least = others.reduce((sum, [, part]) => sum + part.least, 0)
  const left = limit.bytes - taken - least
  if (left < 0) {
    throw overLimit(`The memory (${limitNames[limit.from]}) is`, limit.bytes, [
      { bytes: processBytes, name: 'the process' },
      { bytes: heap, name: "V8's heap (--max-old-space-size)" },
      ...named.flatMap(([name, { given }]) => (given ? [{ bytes: given.bytes, name: `${name} (${given.by})` }] : [])),
      { bytes: least, name: 'the rest, at least' },
    ])
  }
  const wanted = others.map(([, { share, least: atLeast }]) => Math.max(0, share * shareable(limit) - atLeast))
  const room = Math.min(1, left / (wanted.reduce((sum, bytes) => sum + bytes, 0) || 1))
  const divided = named.map(([name, { share, least: atLeast, most, given }]) => {
    const more = Math.max(0, share * shareable(limit) - atLeast) * room
    return [name, Math.floor(given?.bytes ?? Math.min(most, atLeast + more))] as const
  })
  return { limit, process: processBytes, heap, parts: Object.fromEntries(divided) as Record<Name, number> }
}

/** A sentence by which an operator can do the sum. @param what ends in a verb */
export function overLimit(
  what: string,
  bytes: number,
  holds: readonly { readonly bytes: number; readonly name: string }[],
): CodedError {
  const mib = (value: number) => `${Math.ceil(value / mebibyte)} MiB`
  const sum = holds.map((each) => `${mib(each.bytes)} for ${each.name}`).join(', ')
  return new CodedError(
    'CONFIGURATION_INVALID',
    `${what} ${mib(bytes)}, and what it is to hold is more: ${sum}. Set less, or give the process more memory.`,
  )
}

const limitNames = {
  MEMORY_LIMIT_MIB: 'MEMORY_LIMIT_MIB',
  container: 'the limit of the container',
  machine: 'that of the machine',
} as const

/** Once, in the log, and in the metrics: what the memory is for. */
export function showMemory({ limit, process, heap, parts }: MemoryBudget, log: Log, registry: Registry): void {
  const all = { process, heap, ...parts }
  const mib = Object.fromEntries(Object.entries(all).map(([name, bytes]) => [name, Math.round(bytes / mebibyte)]))
  log.info({ event: 'memory-budget', limitMiB: Math.round(limit.bytes / mebibyte), from: limit.from, mib })
  showMemoryLimit(limit, registry)
  const budget = new Gauge({
    name: 'memory_budget_bytes',
    help: 'What the memory is for, by part',
    labelNames: ['part'] as const,
    registers: [registry],
  })
  for (const [part, bytes] of Object.entries(all)) budget.set({ part }, bytes)
}

/** For a process that divides nothing, too: what is near its limit is killed soon. */
export function showMemoryLimit({ bytes }: MemoryLimit, registry: Registry): void {
  const registers = [registry]
  new Gauge({ name: 'memory_limit_bytes', help: 'What the process may take of memory', registers }).set(bytes)
}
