import type { GatewayServices } from '../gateway/gateway-services.ts'
import type { BenchTarget } from '../target/bench-target.ts'
import type { Operations } from './latencies.ts'
import type { PoolState } from './pool-state.ts'
import type { Webhook } from './webhook.ts'

/** What a measurement of a pool is made with: a gateway of its own. */
export interface Stage {
  readonly services: GatewayServices
  /** Of the tenant that is measured. */
  readonly target: BenchTarget
  /** Of the other one: what it is busy with keeps nobody waiting, as it would be on another machine. */
  readonly hostileTarget: BenchTarget
  readonly webhook: Webhook
  /** What is to be closed when all is measured. */
  readonly opened: AsyncDisposableStack
}

/** One tenant's typical operation on a pool, and another tenant's worst. */
export interface PoolMeasurement {
  /** What is measured. */
  readonly operation: string
  /** What the other tenant does meanwhile. */
  readonly attack: string
  /** Settings of the gateway: smaller totals are filled sooner. */
  readonly env?: Readonly<Record<string, string>>
  /** Onboards both tenants. */
  prepare(stage: Stage): Promise<PreparedMeasurement>
}

export interface PreparedMeasurement extends Operations {
  readonly begin: () => Promise<{ stop(): Promise<unknown> }>
  /** Whether the attacker has all that it can have; that somebody waits or was turned away, unless given. */
  readonly isAtWorst?: (state: PoolState, before: PoolState) => boolean
  /** Whether what the attack has begun is over; that the attacker has nothing, unless given. */
  readonly isOver?: (state: PoolState) => boolean
}
