import type { ServiceProcess } from '@mtls-gateway/test-kit'
import type { MemoryUse } from './memory-cgroup.ts'

/** What a forwarder takes at one moment; memory in bytes. */
export interface Sample extends MemoryUse {
  readonly heap: number
  readonly identities: number
  readonly evicted: number
  readonly connections: number
}

/** Undefined if it does not answer. */
export async function sampleOf({ managementUrl }: ServiceProcess, use: MemoryUse): Promise<Sample | undefined> {
  try {
    const lines = (await (await fetch(`${managementUrl}/metrics`)).text()).split('\n')
    const value = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? 0)
    return {
      ...use,
      heap: value('nodejs_heap_size_used_bytes'),
      identities: value('target_callers'),
      evicted: value('target_callers_evicted_total'),
      connections: value('bulkhead_in_use{pool="target-connections"}'),
    }
  } catch {
    // It may just have been killed.
    return undefined
  }
}
