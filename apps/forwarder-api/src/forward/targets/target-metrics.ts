import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter, Gauge } from 'prom-client'
import type { Targets } from './targets.ts'

/** How many targets fail or hang, and what that costs; never which. Measured when scraped. */
export function collectTargetMetrics({ registry }: ServiceMetrics, targets: Targets): void {
  const registers = [registry]
  new Gauge({
    name: 'target_circuits_open',
    help: 'Targets of accounts that are called by probes only, because they failed several times in a row',
    registers,
    collect() {
      this.set(targets.state().openCircuits)
    },
  })
  new Gauge({
    name: 'target_calls_busiest',
    help: 'Calls in flight to the target of an account that has the most',
    registers,
    collect() {
      this.set(targets.state().busiest)
    },
  })
  new Counter({
    name: 'target_circuit_changes_total',
    help: 'How often calls to a target were stopped after failures (open), and let through again (closed)',
    labelNames: ['to'],
    registers,
    collect() {
      const { opened, closed } = targets.state()
      this.reset()
      this.inc({ to: 'open' }, opened)
      this.inc({ to: 'closed' }, closed)
    },
  })
  new Counter({
    name: 'target_refused_total',
    help: 'Calls that were refused because of their target: its account had too many calls to it (limit), or it is down (circuit)',
    labelNames: ['reason'],
    registers,
    collect() {
      const { refusedByLimit, refusedByCircuit } = targets.state()
      this.reset()
      this.inc({ reason: 'limit' }, refusedByLimit)
      this.inc({ reason: 'circuit' }, refusedByCircuit)
    },
  })
}
