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
  const text = await (await fetch(`${managementUrl}/metrics`)).text()
  const value = (series: string) => {
    const start = `${series} `
    const line = text.split('\n').find((each) => each.startsWith(start))
    if (line === undefined) throw new Error(`there is no ${start}among the metrics`)
    return Number(line.slice(start.length))
  }
  return {
    inUse: value(`bulkhead_in_use{pool="${pool}"}`),
    waiting: value(`bulkhead_waiting{pool="${pool}"}`),
    refused: value(`bulkhead_refused_total{pool="${pool}"}`),
    latestMs: value('nodejs_eventloop_lag_max_seconds') * 1_000,
  }
}
