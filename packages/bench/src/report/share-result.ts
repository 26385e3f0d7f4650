/** What was measured of a shared pool: one tenant's operations in calm, and while another does its worst. */
export interface ShareResult {
  readonly pool: string
  readonly operation: string
  readonly attack: string
  /** The highest that the samples support: `p99` if there are 1,000 of each. */
  readonly quantile: string
  readonly calmMs: number
  readonly attackedMs: number
  readonly calmMedianMs: number
  readonly attackedMedianMs: number
  readonly samples: { readonly calm: number; readonly attacked: number }
  /** The longest block of the service's event loop before they were measured under attack. */
  readonly firstBlockMs: number
  /** The quiet tenant's operations that were not done. */
  readonly failures: number
  /** The most that the other tenant held and had waiting, and how often it was turned away. */
  readonly attacker: { readonly inUse: number; readonly waiting: number; readonly refused: number }
}

export const shareColumns = [
  ...['pool', 'quantile', 'calm ms', 'attacked ms', 'times', 'p50 ms', 'p50 attacked', 'first block ms'],
  ...['samples', 'failed', 'attacker has', 'waiting', 'turned away'],
]

export function shareRow(result: ShareResult): readonly (string | number)[] {
  const { pool, quantile, calmMs, attackedMs, calmMedianMs, attackedMedianMs, firstBlockMs } = result
  const { samples, failures, attacker } = result
  return [
    pool,
    quantile,
    ...[calmMs, attackedMs, attackedMs / calmMs, calmMedianMs, attackedMedianMs].map((value) => value.toFixed(2)),
    firstBlockMs.toFixed(0),
    `${samples.calm} + ${samples.attacked}`,
    failures,
    attacker.inUse,
    attacker.waiting,
    attacker.refused,
  ]
}
