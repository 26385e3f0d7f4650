import type { Account, Certificate, CommandContext, PlanPosition, PlanStep } from '@mtls-gateway/domain'

/** One step of the plan of one certificate. */
export interface DueStep {
  readonly account: Account
  readonly certificate: Certificate
  readonly step: PlanStep
  readonly ready: PlanPosition['ready']
  /** For each change that the step makes: who has it made. */
  readonly context: () => CommandContext
  readonly signal: AbortSignal
  /** Each instance takes it by itself: a failure that one of them has just noted, the others need not. */
  readonly isShared: boolean
}
