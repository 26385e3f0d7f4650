import type { Scenario } from './scenario.ts'
import { sealedRollout } from './scenarios/sealed-rollout.ts'

/** By the names that `--only` takes. */
export const scenarios = {
  'sealed-rollout': sealedRollout,
} as const satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof scenarios

/** Typed by the keys that are there. */
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]
