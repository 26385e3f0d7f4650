import { serviceMetrics } from '../gateway/service-metrics.ts'

/** How full a pool is and how its service fares, according to that one's metrics. */
export interface PoolState {
  readonly inUse: number
  readonly waiting: number
  /** Since the service started. */
  readonly refused: number
  /** How late its event loop was at most since the last look, in milliseconds. */
  readonly latestMs: number
}

export async function poolState(managementUrl: string, pool: string): Promise<PoolState> {
  const value = await serviceMetrics(managementUrl)
  return {
    inUse: value(`bulkhead_in_use{pool="${pool}"}`),
    waiting: value(`bulkhead_waiting{pool="${pool}"}`),
    refused: value(`bulkhead_refused_total{pool="${pool}"}`),
    latestMs: value('nodejs_eventloop_lag_max_seconds') * 1_000,
  }
}
