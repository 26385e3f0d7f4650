import type { Steps } from '@mtls-gateway/terminal'
import type { MeasuredPool } from '../fairness/measured-pools.ts'
import type { Report } from '../report/report.ts'
import type { Verdict } from '../report/verdict.ts'
import type { Peer } from '../subjects/start-subjects.ts'
import type { BenchTarget } from '../target/bench-target.ts'

/** What a scenario measures with. */
export interface BenchContext {
  /** Gone when the bench ends. */
  readonly directory: string
  readonly target: BenchTarget
  readonly rounds: number
  /** The duration of one measurement. */
  readonly seconds: number
  /** The duration of a soak, and of the time before it that does not count. */
  readonly minutes: number
  readonly settlingMinutes: number
  /** The pools that the scenario `fairness` measures; undefined for all of them. */
  readonly pools: readonly MeasuredPool[] | undefined
  /** How many the scenario `affinity` has, in so many accounts. */
  readonly identities: number
  readonly accounts: number
  /** How many with renewal plans the scenario `storm` has. */
  readonly certificates: number
  /** How many the scenario `isolation-soak` makes. */
  readonly calls: number
  readonly steps: Steps
  /** The peers that are measured where all are. */
  readonly peers: readonly Peer[]
  /** A checkout of an earlier gateway to measure as well. */
  readonly against?: string | undefined
}

export interface Findings extends Pick<Report, 'results' | 'shares' | 'notes'> {
  readonly verdicts: readonly Verdict[]
}

/** @returns what is to be reported */
export type Scenario = (context: BenchContext) => Promise<Findings>

export function joined(findings: readonly Findings[]): Findings {
  return {
    results: findings.flatMap(({ results }) => results),
    shares: findings.flatMap(({ shares = [] }) => shares),
    verdicts: findings.flatMap(({ verdicts }) => verdicts),
    notes: [...new Set(findings.flatMap(({ notes }) => notes))],
  }
}
