import { setTimeout } from 'node:timers/promises'
import type { Result } from '../report/result.ts'
import { medianResult } from '../report/result.ts'
import { atMost } from '../report/verdict.ts'
import { smallCall } from '../subject.ts'
import type { GatewaySubject } from '../subjects/gateway.ts'
import type { BenchContext, Findings } from './bench-context.ts'
import { figuresOf, measureLoad } from './compare.ts'

/** Something that goes on beside the load. */
export interface Disturbance {
  /** Resolves when it has ended. */
  stop(): Promise<void>
}

export interface DisturbedOptions {
  readonly gateway: GatewaySubject
  /** What goes on, for the names of the figures. */
  readonly what: string
  /** Those that the load calls with. */
  readonly identities: number
  begin(): Promise<Disturbance>
  /** What is to be said of the disturbance itself, when all is measured. */
  describe(): string
}

const connections = 64
const mostTimes = 1.5
/** What a disturbance leaves behind, such as 500 calls that are given up at once, is no part of calm. */
const aftermathMs = 1_000

/**
 * Measures the calls of accounts that have nothing to do with a disturbance, without it and with it in turn, at a
 * quarter of what the gateway can do: beyond, a p99 tells of the queue and not of the neighbours.
 */
export async function measureDisturbed(context: BenchContext, options: DisturbedOptions): Promise<Findings> {
  const { gateway, what, identities } = options
  const { directory, rounds, seconds, steps } = context
  steps.expect(2 * rounds + 1)
  const call = { ...smallCall, identities }
  steps.next('how much goes')
  const { rps } = await measureLoad(gateway, '', { call, connections, seconds: 4 }, directory)
  const load = { call, connections, seconds, perSecond: Math.round(rps / 4) }
  const calm: Result[] = []
  const disturbed: Result[] = []
  for (let round = 1; round <= rounds; round++) {
    steps.next(`calm, round ${round} of ${rounds}`)
    const undisturbed = await measureLoad(gateway, `others, calm, ${load.perSecond}/s`, load, directory)
    calm.push(undisturbed)
    steps.end(figuresOf(undisturbed))
    steps.next(`${what}, round ${round} of ${rounds}`)
    const disturbance = await options.begin()
    try {
      const result = await measureLoad(gateway, `others, ${what}, ${load.perSecond}/s`, load, directory)
      disturbed.push(result)
      steps.end(figuresOf(result))
    } finally {
      await disturbance.stop()
      await setTimeout(aftermathMs)
    }
  }
  const results = [medianResult(calm), medianResult(disturbed)]
  const [one, other] = results
  const times = (other?.p99Ms ?? 0) / (one?.p99Ms ?? 1)
  const errors = results.reduce((sum, result) => sum + result.errors, 0)
  return {
    results,
    verdicts: [
      atMost(mostTimes, `${what}: p99 of the other accounts, of that without`, times, 'x'),
      atMost(0, `${what}: failed calls of the other accounts`, errors),
    ],
    notes: [`${what}: ${options.describe()}`],
  }
}

/** Does something over and over, so many at once, until it is stopped. Rejects at `stop` with the first failure. */
export function repeatedly(atOnce: number, work: () => Promise<void>): Disturbance {
  let over = false
  const workers = Array.from({ length: atOnce }, async () => {
    while (!over) await work()
  })
  const ended = Promise.all(workers)
  // Whoever stops it hears of it.
  ended.catch(() => {})
  return {
    stop: async () => {
      over = true
      await ended
    },
  }
}
