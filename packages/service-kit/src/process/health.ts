import { setTimeout as delay } from 'node:timers/promises'
import type { Readiness } from '@mtls-gateway/contract'
import { isCodedError } from '@mtls-gateway/domain'
import type { Log } from '../logging/log.ts'

export interface HealthCheck {
  readonly name: string
  /** Resolves if it answers now. */
  check(): Promise<void>
  /** Without it the service can answer nothing yet: it is unready until this has answered once. */
  readonly isNeededFirst?: boolean
}

interface HealthOptions {
  readonly checks: readonly HealthCheck[]
  readonly log: Log
  /** What the service does without because settings are missing: shown, and no reason to be degraded. */
  readonly off?: readonly string[] | undefined
  /** After which a check counts as failed; 1,000 unless given. */
  readonly deadlineMs?: number
  /** How long results are reused, so that frequent questions put no load on what is checked; 1,000 unless given. */
  readonly cacheMs?: number
}

type CheckResult = Readiness['checks'][string]

interface Outcome {
  readonly result: CheckResult
  /** What a coded error says, which is for callers' eyes, too. Others' texts may hold anything. */
  readonly sentence?: string
}

/** Between two tries while something that is needed first has not answered yet. */
const againMs = 1_000

/**
 * Whether the service can take requests. An outage of a backend makes it degraded, never unready: otherwise one outage
 * of the store would take every instance out of rotation. But an instance that has never reached the store has nothing
 * cached to serve. It stays unready until it has, so that no rollout replaces a warm instance with a cold one.
 */
export class Health {
  readonly #options: Required<Omit<HealthOptions, 'off'>>
  readonly #off: Readiness['checks']
  readonly #stopping = new AbortController()
  /** Names of what is needed first and has not answered yet. */
  readonly #awaited: Set<string>
  /** Checks that have not ended: one that hangs is waited for again, and not begun a second time. */
  readonly #running = new Map<HealthCheck, Promise<Outcome>>()
  readonly #results = new Map<string, CheckResult>()
  #asked: Promise<unknown> = Promise.resolve()
  #freshUntil = 0
  #phase: 'starting' | 'serving' | 'stopping' = 'starting'

  constructor({ checks, log, off = [], deadlineMs = 1_000, cacheMs = 1_000 }: HealthOptions) {
    this.#options = { checks, log, deadlineMs, cacheMs }
    this.#off = Object.fromEntries(off.map((name) => [name, 'off']))
    this.#awaited = new Set(checks.filter(({ isNeededFirst }) => isNeededFirst).map(({ name }) => name))
  }

  /** Requests are taken from now on. What is needed first is tried until it answers, whether or not anybody asks. */
  serving(): void {
    this.#phase = 'serving'
    void this.#tryUntilAnswered()
  }

  stopping(): void {
    this.#phase = 'stopping'
    this.#stopping.abort()
  }

  /** Never rejects: a check that fails is part of it. */
  async report(): Promise<Readiness> {
    if (this.#phase !== 'serving') return { status: this.#phase, checks: {} }
    if (performance.now() >= this.#freshUntil) this.#asked = this.#askAll()
    await this.#asked
    const checks = { ...Object.fromEntries(this.#results), ...this.#off }
    if (this.#awaited.size > 0) return { status: 'starting', checks }
    const isOk = [...this.#results.values()].every((result) => result === 'ok')
    return { status: isOk ? 'ok' : 'degraded', checks }
  }

  async #tryUntilAnswered(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted && this.#awaited.size > 0) {
      await this.report()
      await delay(againMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #askAll(): Promise<void> {
    this.#freshUntil = Number.POSITIVE_INFINITY
    await Promise.all(this.#options.checks.map((check) => this.#ask(check)))
    this.#freshUntil = performance.now() + this.#options.cacheMs
  }

  async #ask(check: HealthCheck): Promise<void> {
    const running = this.#running.get(check) ?? this.#run(check).finally(() => this.#running.delete(check))
    this.#running.set(check, running)
    const late = delay<Outcome>(this.#options.deadlineMs, { result: 'timeout' }, { ref: false })
    this.#note(check.name, await Promise.race([running, late]))
  }

  async #run(check: HealthCheck): Promise<Outcome> {
    try {
      await check.check()
      return { result: 'ok' }
    } catch (error) {
      this.#options.log.debug({ event: 'health', check: check.name, err: error })
      if (!isCodedError(error)) return { result: 'failing' }
      return { result: error.code === 'STORE_NEWER' ? 'newer' : 'failing', sentence: error.message }
    }
  }

  /** Logs a line when the result changes, not with every check. */
  #note(check: string, { result, sentence }: Outcome): void {
    const { log } = this.#options
    const before = this.#results.get(check) ?? 'ok'
    this.#results.set(check, result)
    if (result === 'ok' && this.#awaited.delete(check)) log.info({ event: 'first-answer', check })
    if (result !== before) log[result === 'ok' ? 'info' : 'warn']({ event: 'health', check, result }, sentence)
  }
}
