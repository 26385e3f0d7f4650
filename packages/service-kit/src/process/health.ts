import { setTimeout as delay } from 'node:timers/promises'
import type { Readiness } from '@mtls-gateway/contract'
import { isCodedError } from '@mtls-gateway/domain'
import type { Log } from '../logging/log.ts'

interface HealthOptions {
  readonly checks: readonly HealthCheck[]
  readonly log: Log
  /** What the service does without because settings are missing: shown, and no reason to be degraded. */
  readonly off?: readonly string[] | undefined
  /** After which a check counts as failed; 1,000 unless given. */
  readonly deadlineMs?: number
  /** How long a result is reused, so that frequent checks put no load on what they check; 1,000 unless given. */
  readonly cacheMs?: number
}

/** Between two tries while something that is needed first has not answered yet. */
const againMs = 1_000

/**
 * Whether the service can take requests. An outage of a backend makes it degraded, never unready: otherwise one outage
 * of the store would take every instance out of rotation. But an instance that has never reached the store has nothing
 * cached to serve. It stays unready until it has, so that no rollout replaces a warm instance with a cold one.
 */
export class Health {
  readonly #probes: readonly Probe[]
  readonly #log: Log
  readonly #off: Readiness['checks']
  readonly #stopping = new AbortController()
  /** What is needed first and has not answered yet. */
  readonly #awaited: Set<Probe>
  #phase: 'starting' | 'serving' | 'stopping' = 'starting'

  constructor({ checks, log, off = [], deadlineMs = 1_000, cacheMs = 1_000 }: HealthOptions) {
    this.#log = log
    this.#off = Object.fromEntries(off.map((name) => [name, 'off']))
    this.#probes = checks.map((check) => new Probe(check, { log, deadlineMs, cacheMs }))
    this.#awaited = new Set(this.#probes.filter(({ isNeededFirst }) => isNeededFirst))
  }

  /** Requests are taken from now on. What is needed first is tried until it answers, whether or not anybody asks. */
  serving(): void {
    this.#phase = 'serving'
    for (const probe of this.#awaited) void this.#tryUntilSeen(probe)
  }

  stopping(): void {
    this.#phase = 'stopping'
    this.#stopping.abort()
  }

  async report(): Promise<Readiness> {
    if (this.#phase !== 'serving') return { status: this.#phase, checks: {} }
    const results = await Promise.all(this.#probes.map(async (probe) => [probe.name, await this.#ask(probe)] as const))
    const checks = { ...Object.fromEntries(results), ...this.#off }
    if (this.#awaited.size > 0) return { status: 'starting', checks }
    return { status: results.every(([, result]) => result === 'ok') ? 'ok' : 'degraded', checks }
  }

  async #ask(probe: Probe): Promise<Readiness['checks'][string]> {
    const result = await probe.result()
    if (result === 'ok' && this.#awaited.delete(probe)) this.#log.info({ event: 'first-answer', check: probe.name })
    return result
  }

  async #tryUntilSeen(probe: Probe): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted && this.#awaited.has(probe)) {
      await this.#ask(probe)
      if (!this.#awaited.has(probe)) return
      await delay(againMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}

export interface HealthCheck {
  readonly name: string
  /** Resolves if it answers now. */
  check(): Promise<void>
  /** Without it the service can answer nothing yet: it is unready until this has answered once. */
  readonly isNeededFirst?: boolean
}

type ProbeResult = Readiness['checks'][string]

type ProbeOptions = Required<Pick<HealthOptions, 'log' | 'deadlineMs' | 'cacheMs'>>

/** One health check, run at most once at a time and at most once in `cacheMs`, however often it is asked. */
class Probe {
  readonly name: string
  readonly isNeededFirst: boolean
  readonly #check: HealthCheck
  readonly #options: ProbeOptions
  #running: Promise<ProbeResult> | undefined
  #answer: Promise<ProbeResult> = Promise.resolve('ok')
  #freshUntil = 0
  #last: ProbeResult = 'ok'

  constructor(check: HealthCheck, options: ProbeOptions) {
    this.name = check.name
    this.isNeededFirst = check.isNeededFirst ?? false
    this.#check = check
    this.#options = options
  }

  result(): Promise<ProbeResult> {
    if (performance.now() >= this.#freshUntil) {
      this.#freshUntil = Number.POSITIVE_INFINITY
      this.#answer = this.#ask()
    }
    return this.#answer
  }

  async #ask(): Promise<ProbeResult> {
    const { deadlineMs, cacheMs } = this.#options
    // A check that hangs is waited for again, and not started a second time.
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    const timer = new AbortController()
    const timeout = delay(deadlineMs, 'timeout' as const, { signal: timer.signal }).catch(() => 'timeout' as const)
    const result = await Promise.race([this.#running, timeout])
    timer.abort()
    this.#freshUntil = performance.now() + cacheMs
    this.#tell(result)
    return result
  }

  async #run(): Promise<ProbeResult> {
    try {
      await this.#check.check()
      return 'ok'
    } catch (error) {
      this.#options.log.debug({ event: 'health', check: this.name, err: error })
      return isCodedError(error) && error.code === 'STORE_NEWER' ? 'newer' : 'failing'
    }
  }

  /** Logs a line when the result changes, not with every check. */
  #tell(result: ProbeResult): void {
    if (result === this.#last) return
    this.#last = result
    this.#options.log[result === 'ok' ? 'info' : 'warn']({ event: 'health', check: this.name, result })
  }
}
