/** How full a pool is, according to its service's metrics. */
export interface PoolState {
  readonly inUse: number
  readonly waiting: number
  /** Since the service started. */
  readonly refused: number
}

export async function poolState(managementUrl: string, pool: string): Promise<PoolState> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text()
  const value = (name: string) => {
    const start = `${name}{pool="${pool}"} `
    const line = text.split('\n').find((each) => each.startsWith(start))
    if (line === undefined) throw new Error(`there is no ${start}among the metrics`)
    return Number(line.slice(start.length))
  }
  return {
    inUse: value('bulkhead_in_use'),
    waiting: value('bulkhead_waiting'),
    refused: value('bulkhead_refused_total'),
  }
}
