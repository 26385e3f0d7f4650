import type { Report } from '../report/report.ts'
import { subjectNames } from '../subjects/subject.ts'
import type { BenchTarget } from '../target/bench-target.ts'

/** How far a scenario is. */
export interface Steps {
  /** So many more are to come. */
  expect(count: number): void
  /** One begins. */
  next(text: string): void
}

/** What a scenario measures with. */
export interface BenchContext {
  /** Gone when the bench ends. */
  readonly directory: string
  readonly target: BenchTarget
  readonly rounds: number
  /** Of one measurement. */
  readonly seconds: number
  /** Of a soak, and of the time before it that does not count. */
  readonly minutes: number
  readonly settlingMinutes: number
  readonly steps: Steps
}

export type Findings = Pick<Report, 'results' | 'verdicts' | 'notes'>

/** @returns what is to be reported */
export type Scenario = (context: BenchContext) => Promise<Findings>

export function joined(findings: readonly Findings[]): Findings {
  return {
    results: findings.flatMap(({ results }) => results),
    verdicts: findings.flatMap(({ verdicts }) => verdicts),
    notes: [...new Set(findings.flatMap(({ notes }) => notes))],
  }
}

export const allPeers = subjectNames.filter((name) => name !== 'mtls-gateway')
