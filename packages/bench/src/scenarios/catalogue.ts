import { affinity } from './affinity.ts'
import type { Scenario } from './bench-context.ts'
import { fairness } from './fairness.ts'
import { hangingTarget } from './hanging-target.ts'
import { identities } from './identities.ts'
import { isolation } from './isolation.ts'
import { isolationSoak } from './isolation-soak.ts'
import { largeBodies } from './large-bodies.ts'
import { refusals } from './refusals.ts'
import { smallAnswers } from './small-answers.ts'
import { soak } from './soak.ts'
import { storm } from './storm.ts'
import { tokens } from './tokens.ts'

/** By the names that `--only` takes. */
export const scenarios = {
  small: smallAnswers,
  'large-bodies': largeBodies,
  identities,
  'hanging-target': hangingTarget,
  affinity,
  refusals,
  tokens,
  isolation,
  'isolation-soak': isolationSoak,
  fairness,
  storm,
  soak,
} as const satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof scenarios

/** Typed by the keys that are there. */
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]

export const quickScenarios: readonly ScenarioName[] = ['small']

/** Against the peers; the others are about the gateway alone. */
export const wholeScenarios: readonly ScenarioName[] = ['small', 'large-bodies', 'identities']
