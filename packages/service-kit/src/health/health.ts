import type { Readiness } from '@mtls-gateway/contract'
import type { Log } from '../logging/log.ts'
import { type HealthCheck, Probe } from './probe.ts'

export interface HealthOptions {
  readonly checks: readonly HealthCheck[]
  readonly log: Log
  /** After which a check counts as failed; 1,000 unless given. */
  readonly deadlineMs?: number
  /** How long a result is reused, so that frequent checks put no load on what they check; 1,000 unless given. */
  readonly cacheMs?: number
}

/**
 * Whether the service can take requests. An outage of a backend makes it degraded, never unready: otherwise one outage
 * of the store would take every instance out of rotation.
 */
export class Health {
  readonly #probes: readonly Probe[]
  #phase: 'starting' | 'serving' | 'stopping' = 'starting'

  constructor({ checks, log, deadlineMs = 1_000, cacheMs = 1_000 }: HealthOptions) {
    this.#probes = checks.map((check) => new Probe(check, { log, deadlineMs, cacheMs }))
  }

  serving(): void {
    this.#phase = 'serving'
  }

  stopping(): void {
    this.#phase = 'stopping'
  }

  async report(): Promise<Readiness> {
    if (this.#phase !== 'serving') return { status: this.#phase, checks: {} }
    const results = await Promise.all(this.#probes.map(async (probe) => [probe.name, await probe.result()] as const))
    const status = results.every(([, result]) => result === 'ok') ? 'ok' : 'degraded'
    return { status, checks: Object.fromEntries(results) }
  }
}
