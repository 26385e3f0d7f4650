import type { Steps } from '@mtls-gateway/terminal'

export interface FaultContext {
  /** What a scenario starts goes in here: it is stopped at its end, and when the run is interrupted. */
  readonly opened: AsyncDisposableStack
  readonly steps: Steps
  /** How many of its rounds, renewals, seconds or calls; 0 in a scenario that always does the same. */
  readonly amount: number
}

/** What a scenario does more or less of, as there is time. */
export interface Amount {
  readonly unit: 'rounds' | 'renewals' | 'seconds' | 'calls'
  /** Fewer would show nothing. */
  readonly least: number
  readonly usual: number
  /** What one more takes. */
  readonly secondsEach: number
}

/** A scenario, and how long it takes on a machine with two processors that has nothing else to do. */
export interface TimedScenario {
  readonly run: Scenario
  /** Whatever its amount. */
  readonly seconds: number
  readonly amount?: Amount
}

/** One thing that was counted or measured, held against what was seen before the fault was fixed. */
export interface Figure {
  readonly what: string
  /** As measured on the code before; undefined if it could not be. */
  readonly before: number | undefined
  readonly now: number
  readonly kind: 'at least' | 'at most'
  readonly bound: number
  readonly unit: string
}

export interface Findings {
  readonly figures: readonly Figure[]
  /** What the figures don't tell. */
  readonly notes: readonly string[]
  /** Those of callers, over all that it did; undefined where nothing is called. */
  readonly calls?: { readonly made: number; readonly failed: number }
  /** Why it has no figures: what it needs and this machine lacks, or time. */
  readonly leftOut?: string
  /** What was written by all that ran: kept if a figure does not hold. */
  readonly log?: string
}

/** @throws Error if something failed that the scenario is not about */
export type Scenario = (context: FaultContext) => Promise<Findings>

type Measured = Pick<Figure, 'before' | 'now'> & Partial<Pick<Figure, 'unit'>>

export function atMost(bound: number, what: string, { unit = '', ...measured }: Measured): Figure {
  return { what, ...measured, kind: 'at most', bound, unit }
}

export function atLeast(bound: number, what: string, { unit = '', ...measured }: Measured): Figure {
  return { what, ...measured, kind: 'at least', bound, unit }
}

export function holds({ kind, now, bound }: Figure): boolean {
  return kind === 'at least' ? now >= bound : now <= bound
}
