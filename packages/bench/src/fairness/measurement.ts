import type { GatewayServices } from '../gateway/gateway-services.ts'
import type { BenchTarget } from '../target/bench-target.ts'
import type { HostileNodeTarget } from './hostile-node-target.ts'
import type { Operations } from './latencies.ts'
import type { PoolState } from './pool-state.ts'
import type { Webhook } from './webhook.ts'

/** What a measurement of a pool works with: a gateway of its own. */
export interface Stage {
  readonly services: GatewayServices
  /** The measured tenant's target. */
  readonly target: BenchTarget
  /** The other tenant's target: when busy it keeps nobody waiting, as if it were on another machine. */
  readonly hostileTarget: BenchTarget
  readonly smallRecords: HostileNodeTarget
  readonly earlyHints: HostileNodeTarget
  readonly closing: HostileNodeTarget
  readonly longHandshakes: HostileNodeTarget & { readonly ca: string }
  readonly webhook: Webhook
  /** Closed once everything is measured. */
  readonly opened: AsyncDisposableStack
}

/** One tenant's typical operation on a pool, and another tenant's worst. */
export interface PoolMeasurement {
  /** What is measured. */
  readonly operation: string
  /** What the other tenant does meanwhile. */
  readonly attack: string
  /** The pool that tells how far the attack is, where none is measured but time of the event loop. */
  readonly stateOf?: string
  /** `true`: both tenants call through the edge that callers are to meet. */
  readonly isThroughEdge?: boolean
  /** Settings of the gateway, such as smaller totals, which fill sooner. */
  readonly env?: Readonly<Record<string, string>>
  /** Onboards both tenants. */
  prepare(stage: Stage): Promise<PreparedMeasurement>
}

export interface PreparedMeasurement extends Operations {
  readonly begin: () => Promise<{ stop(): Promise<unknown> }>
  /** Whether the attacker has all that it can have. By default: somebody waits or was turned away. */
  readonly isAtWorst?: (state: PoolState, before: PoolState) => boolean
  /** Whether everything that the attack began is over. By default: the attacker has nothing. */
  readonly isOver?: (state: PoolState) => boolean
}
