import type { Amount, TimedScenario } from './scenario.ts'
import { boundTokens } from './scenarios/bound-tokens.ts'
import { declaredApply } from './scenarios/declared-apply.ts'
import { renewalsEmbedded, renewalsOpenBao } from './scenarios/renewals.ts'
import { rollingUpdatesBehindNginx, rollingUpdatesDirect } from './scenarios/rolling-updates.ts'
import { sealedRollout } from './scenarios/sealed-rollout.ts'
import { spire } from './scenarios/spire.ts'
import { upgrade } from './scenarios/upgrade.ts'
import { upgradeEmbedded } from './scenarios/upgrade-embedded.ts'

const renewals: Amount = { unit: 'renewals', least: 3, usual: 10, secondsEach: 60 }
const rounds: Amount = { unit: 'rounds', least: 1, usual: 5, secondsEach: 40 }

/** By the names that `--only` takes. If a budget does not reach for all of them, the last ones are left out. */
export const scenarios = {
  'renewals-openbao': renewalsOpenBao,
  'renewals-embedded': renewalsEmbedded,
  'rolling-updates-nginx': rollingUpdatesBehindNginx,
  'rolling-updates-direct': rollingUpdatesDirect,
  'sealed-rollout': sealedRollout,
  spire,
  'bound-tokens': boundTokens,
  'declared-apply': declaredApply,
  upgrade,
} as const satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof scenarios

/** Typed by the keys that are there. */
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]
