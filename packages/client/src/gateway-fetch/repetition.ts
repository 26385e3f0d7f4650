import { GatewayProblem, type ProblemCode } from '../gateway-problem.ts'
import { pause } from './abort.ts'
import type { CallOptions } from './gateway-fetch-options.ts'

/** By these the gateway refuses a call before any of it has gone to the target, and may take it some moments later. */
export const refusedBeforeSending: readonly ProblemCode[] = [
  'RATE_LIMITED',
  'TOO_MANY_BODIES',
  'TOO_MANY_CALLS',
  'TARGET_CIRCUIT_OPEN',
  'STORE_UNAVAILABLE',
  'COORDINATION_UNAVAILABLE',
  'SHUTTING_DOWN',
  'TIMESTAMP_BEFORE_START',
]

/** How no connection to the target came about; what takes as long as a time limit is not tried again. */
const notConnected: readonly unknown[] = [
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE',
  'EGRESS_PROXY_UNREACHABLE',
  'EGRESS_PROXY_CANNOT_CONNECT',
]
const phasesBeforeSending: readonly unknown[] = ['resolve', 'connect']

const firstWaitMs = 200

/** Whether and when one call is sent again. Only what was certainly not sent to the target is. */
export class Repetition {
  readonly #longestWaitMs: number
  #left: number
  #waitMs = firstWaitMs
  #askedWaitMs: number | undefined

  constructor({ repeats = 2, longestWaitMs = 10_000 }: Pick<CallOptions, 'repeats' | 'longestWaitMs'>) {
    // What is no number is no endless one.
    this.#left = repeats > 0 ? repeats : 0
    this.#longestWaitMs = longestWaitMs
  }

  /** Whether the call may be sent again after this; counts it. */
  mayFollow(error: unknown): boolean {
    if (this.#left <= 0 || !(error instanceof GatewayProblem) || !wasNotSent(error)) return false
    this.#askedWaitMs = error.retryAfterMs
    if ((this.#askedWaitMs ?? 0) > this.#longestWaitMs) return false
    this.#left -= 1
    return true
  }

  /** As long as the gateway asks for; else longer each time, and not as long as everybody else. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    const ms = this.#askedWaitMs ?? this.#waitMs * (0.5 + Math.random() / 2)
    this.#waitMs *= 2
    await pause(ms, signal)
  }
}

function wasNotSent({ code, problem }: GatewayProblem): boolean {
  if (refusedBeforeSending.includes(code)) return true
  const { transportCode, phase } = problem
  return code === 'TARGET_UNREACHABLE' && notConnected.includes(transportCode) && phasesBeforeSending.includes(phase)
}
