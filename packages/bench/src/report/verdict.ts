import { mostForOthers } from '../machine/others.ts'

/** A figure held against its bound. */
export interface Verdict {
  readonly what: string
  readonly figure: number
  readonly bound: number
  /** Whether the bound is the least or the most that the figure may be. */
  readonly kind: 'at least' | 'at most'
  readonly unit: string
  /** `true`: what must not happen on a busy machine either. */
  readonly onAnyMachine?: true
}

/** `unsure`: the machine was too busy to tell, whether the bound holds or not. */
export type Outcome = 'ok' | 'failed' | 'unsure'

export interface Judgement extends Verdict {
  readonly outcome: Outcome
  /** The share of the processors that others had meanwhile. */
  readonly others: number
}

export function judge(verdict: Verdict, others: number): Judgement {
  const isUnsure = others > mostForOthers && !verdict.onAnyMachine
  return { ...verdict, others, outcome: isUnsure ? 'unsure' : holds(verdict) ? 'ok' : 'failed' }
}

/** 1 if a bound does not hold; 2 if the machine was too busy to tell, and no other bound fails. */
export function exitCode(judgements: readonly Judgement[]): 0 | 1 | 2 {
  const has = (wanted: Outcome) => judgements.some(({ outcome }) => outcome === wanted)
  return has('failed') ? 1 : has('unsure') ? 2 : 0
}

export function holds({ figure, bound, kind }: Verdict): boolean {
  return kind === 'at least' ? figure >= bound : figure <= bound
}

export function atLeast(bound: number, what: string, figure: number, unit = ''): Verdict {
  return { what, figure, bound, kind: 'at least', unit }
}

export function atMost(bound: number, what: string, figure: number, unit = ''): Verdict {
  return { what, figure, bound, kind: 'at most', unit }
}
