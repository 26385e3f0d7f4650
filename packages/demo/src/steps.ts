import { errorText } from './error-text.ts'
import type { ServiceName } from './service-process.ts'
import { StepFailure } from './step-failure.ts'
import { duration, type Terminal } from './terminal.ts'

export interface StepResult<T> {
  /** For the user; no secret. Null: there was nothing to do, and nothing is shown. */
  readonly result: string | null
  readonly value: T
}

/** Runs the steps and shows each with result and time once it is done, or that it takes long. */
export class Steps {
  readonly #terminal: Terminal
  readonly #interrupted: AbortSignal
  #done = 0
  #failure: { readonly service: ServiceName | undefined } | undefined

  /** Once `interrupted` is aborted nothing is shown: whatever fails then fails because the demo is being stopped. */
  constructor(terminal: Terminal, interrupted: AbortSignal) {
    this.#terminal = terminal
    this.#interrupted = interrupted
  }

  /** How many have come out well. */
  get done(): number {
    return this.#done
  }

  /** The service that the failed step had called. */
  get failure(): { readonly service: ServiceName | undefined } | undefined {
    return this.#failure
  }

  /** `service` is the one that `work` calls. @throws whatever `work` throws, after it was shown */
  async run<T>(step: string, work: () => Promise<StepResult<T>>, service?: ServiceName): Promise<T> {
    const start = performance.now()
    const show = (ok: boolean, result: string, problem = {}) => {
      if (this.#interrupted.aborted) return
      this.#terminal.step({ step, ok, ms: Math.round(performance.now() - start), result, ...problem })
    }
    using _reminder = this.#terminal.remind(() => `${step}: not yet, after ${duration(performance.now() - start)}`)
    try {
      const { result, value } = await work()
      if (result !== null) {
        this.#done += 1
        show(true, result)
      }
      return value
    } catch (error) {
      this.#failure = { service }
      const problem = error instanceof StepFailure ? error.problem : undefined
      show(false, errorText(error), problem && { problem })
      throw error
    }
  }
}
