import type { Bulkhead, Bulkheads } from '@mtls-gateway/bulkhead'

export const maxProbeWaitMs = 60_000

/** Time for a process to start. */
export const probeStartMs = 30_000

/** Signing takes a moment; the rest is the machine's. */
export const signDeadlineMs = 10_000

/** A process this overdue will not exit on its own. The time includes logging in and reading the key. */
export const probeGraceMs = 15_000

/** Where the processes of probes are started: in config-api on the embedded store, in the prober on Vault. */
export function openProbePlaces(bulkheads: Bulkheads): Bulkhead {
  return bulkheads.open('probes', {
    total: 3,
    share: 1,
    reserve: 1,
    waiting: { total: 64, share: 8, reserve: 16, limitMs: maxProbeWaitMs },
  })
}
