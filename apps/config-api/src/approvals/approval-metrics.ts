import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter } from 'prom-client'

const outcomes = ['requested', 'approved', 'refused', 'overridden'] as const
type ApprovalOutcome = (typeof outcomes)[number]

/** Requests for approval, and what became of them. */
export class ApprovalMetrics {
  readonly #outcomes: Counter<'outcome'>

  constructor({ registry }: ServiceMetrics) {
    this.#outcomes = new Counter({
      name: 'approvals_total',
      help: 'Changes that were asked for, and decided, by outcome; overridden: by the emergency way',
      labelNames: ['outcome'],
      registers: [registry],
    })
    // So that the first one counts as an increase.
    for (const outcome of outcomes) this.#outcomes.inc({ outcome }, 0)
  }

  count(outcome: ApprovalOutcome): void {
    this.#outcomes.inc({ outcome })
  }
}
