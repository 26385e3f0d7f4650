import type { PlanStep } from '@mtls-gateway/domain'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter, Gauge } from 'prom-client'
import type { DuePlans } from './due-plans.ts'

/** Renewal plans by where they stand, and their steps. */
export class PlanMetrics {
  readonly #steps: Counter<'step' | 'outcome'>

  constructor({ registry }: ServiceMetrics, plans: DuePlans) {
    this.#steps = new Counter({
      name: 'renewal_plan_steps_total',
      help: 'Steps of renewal plans',
      labelNames: ['step', 'outcome'],
      registers: [registry],
    })
    new Gauge({
      name: 'renewal_plans',
      help: 'Renewal plans of the accounts that this instance has seen, by state; waiting: for a person',
      labelNames: ['state'],
      registers: [registry],
      collect() {
        this.reset()
        for (const [state, count] of plans.count()) this.set({ state }, count)
      },
    })
  }

  count(step: PlanStep, outcome: 'done' | 'failed'): void {
    this.#steps.inc({ step, outcome })
  }
}
