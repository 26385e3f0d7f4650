import type { Amount, TimedScenario } from './scenario.ts'
import { boundTokens } from './scenarios/bound-tokens.ts'
import { declaredApply } from './scenarios/declared-apply.ts'
import { isolationSoak } from './scenarios/isolation-soak.ts'
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
  upgrade: { run: upgrade, seconds: 200 },
  'upgrade-embedded': { run: upgradeEmbedded, seconds: 40 },
  'sealed-rollout': { run: sealedRollout, seconds: 60 },
  'isolation-soak': {
    run: isolationSoak,
    seconds: 30,
    amount: { unit: 'calls', least: 100_000, usual: 1_000_000, secondsEach: 1 / 2_000 },
  },
  'rolling-updates-nginx': { run: rollingUpdatesBehindNginx, seconds: 20, amount: rounds },
  'rolling-updates-direct': { run: rollingUpdatesDirect, seconds: 20, amount: rounds },
  'bound-tokens': {
    run: boundTokens,
    seconds: 20,
    amount: { unit: 'seconds', least: 20, usual: 60, secondsEach: 1 },
  },
  'declared-apply': { run: declaredApply, seconds: 90 },
  'renewals-openbao': { run: renewalsOpenBao, seconds: 30, amount: renewals },
  'renewals-embedded': { run: renewalsEmbedded, seconds: 20, amount: renewals },
  spire: { run: spire, seconds: 90 },
} as const satisfies Readonly<Record<string, TimedScenario>>

export type ScenarioName = keyof typeof scenarios

/** Typed by the keys that are there. */
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]
