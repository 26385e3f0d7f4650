import { setTimeout } from 'node:timers/promises'
import type { ApiResponse } from '@mtls-gateway/test-kit'

/** A call as its caller saw it. */
export interface Made {
  readonly status: number
  /** The code of a problem. */
  readonly code: string | undefined
  readonly ms: number
  readonly headers: ApiResponse<unknown>['headers']
  readonly body: unknown
}

export async function made(call: () => Promise<ApiResponse<unknown>>): Promise<Made> {
  const started = performance.now()
  const { status, headers, body } = await call()
  const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : undefined
  return { status, code, ms: performance.now() - started, headers, body }
}

/**
 * The pause between two calls of a caller in an outage that lasts for seconds. Without one its calls would take both
 * cores and show nothing more: they are answered from memory, a thousand times a second.
 */
export const outagePauseMs = 25

/** Callers that call again as soon as they are answered, or after a pause, until they are stopped. */
export class SteadyCalls {
  readonly #made: Made[] = []
  readonly #callers: Promise<unknown>
  #stopped = false

  constructor(call: () => Promise<ApiResponse<unknown>>, callers: number, pauseMs = 0) {
    this.#callers = Promise.all(
      Array.from({ length: callers }, async () => {
        while (!this.#stopped) {
          this.#made.push(await made(call))
          if (pauseMs > 0) await setTimeout(pauseMs)
        }
      }),
    )
  }

  get count(): number {
    return this.#made.length
  }

  async stop(): Promise<readonly Made[]> {
    this.#stopped = true
    await this.#callers
    return this.#made
  }
}

/** How often each answer came, such as `{ '200': 120, '503 STORE_UNAVAILABLE': 2 }`. */
export function tally(calls: readonly Made[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, code } of calls) {
    const answer = code === undefined ? String(status) : `${status} ${code}`
    counts[answer] = (counts[answer] ?? 0) + 1
  }
  return counts
}

/** In milliseconds. */
export function longest(calls: readonly Made[]): number {
  return Math.max(...calls.map(({ ms }) => ms))
}
