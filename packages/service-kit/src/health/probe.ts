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

type ProbeResult = Readiness['checks'][string]

interface ProbeOptions {
  readonly log: Log
  readonly deadlineMs: number
  readonly cacheMs: number
}

/** One health check, run at most once at a time and at most once in `cacheMs`, however often it is asked. */
export class Probe {
  readonly name: string
  readonly isNeededFirst: boolean
  readonly #check: HealthCheck
  readonly #options: ProbeOptions
  #running: Promise<ProbeResult> | undefined
  #answer: Promise<ProbeResult> | undefined
  #answerUntil = 0
  #last: ProbeResult = 'ok'

  constructor(check: HealthCheck, options: ProbeOptions) {
    this.name = check.name
    this.isNeededFirst = check.isNeededFirst ?? false
    this.#check = check
    this.#options = options
  }

  result(): Promise<ProbeResult> {
    const now = performance.now()
    if (this.#answer === undefined || now >= this.#answerUntil) {
      // Fresh from when it is asked, plus the time that the answer itself may take.
      this.#answerUntil = now + this.#options.deadlineMs + this.#options.cacheMs
      this.#answer = this.#ask()
    }
    return this.#answer
  }

  async #ask(): Promise<ProbeResult> {
    const timer = new AbortController()
    const timeout = delay(this.#options.deadlineMs, 'timeout' as const, { signal: timer.signal })
    timeout.catch(() => {})
    // A check that hangs is waited for again, and not started a second time.
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    const result = await Promise.race([this.#running, timeout])
    timer.abort()
    this.#answerUntil = performance.now() + this.#options.cacheMs
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
