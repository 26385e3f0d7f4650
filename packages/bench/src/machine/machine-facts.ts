import { cpus, loadavg, release, totalmem } from 'node:os'

/** What the figures were measured on. */
export interface MachineFacts {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  /** The load of the minute before: above 0, the machine had other work. */
  readonly loadBefore: number
  readonly measuredAt: string
}

export function machineFacts(): MachineFacts {
  const all = cpus()
  return {
    processor: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    loadBefore: Number(loadavg()[0]?.toFixed(2)),
    measuredAt: new Date().toISOString(),
  }
}
