import type { Scenario } from './scenario.ts'
import { boundTokens } from './scenarios/bound-tokens.ts'
import { renewalsEmbedded, renewalsOpenBao } from './scenarios/renewals.ts'
import { rollingUpdatesBehindNginx, rollingUpdatesDirect } from './scenarios/rolling-updates.ts'
import { sealedRollout } from './scenarios/sealed-rollout.ts'
import { spire } from './scenarios/spire.ts'
import { upgrade } from './scenarios/upgrade.ts'
import { upgradeEmbedded } from './scenarios/upgrade-embedded.ts'

/** By the names that `--only` takes. */
export const scenarios = {
  'renewals-openbao': renewalsOpenBao,
  'renewals-embedded': renewalsEmbedded,
  'rolling-updates-nginx': rollingUpdatesBehindNginx,
  'rolling-updates-direct': rollingUpdatesDirect,
  'sealed-rollout': sealedRollout,
  spire,
  'bound-tokens': boundTokens,
  upgrade,
  'upgrade-embedded': upgradeEmbedded,
} as const satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof scenarios

/** Typed by the keys that are there. */
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]
