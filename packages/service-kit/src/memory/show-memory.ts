import { Gauge, type Registry } from 'prom-client'
import type { Log } from '../logging/log.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { type MemoryLimit, mebibyte } from './memory-limit.ts'

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
