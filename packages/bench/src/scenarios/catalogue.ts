import type { Scenario } from './bench-context.ts'
import { smallAnswers } from './small-answers.ts'

/** By the names that `--only` takes. */
export const scenarios = {
  small: smallAnswers,
} as const satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof scenarios

export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]

export const quickScenarios: readonly ScenarioName[] = ['small']

/** The others are about the gateway alone. */
export const wholeScenarios: readonly ScenarioName[] = ['small']
