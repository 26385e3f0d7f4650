/** The values of a service's metrics, by series: the name with its labels, as they are written. */
export async function serviceMetrics(managementUrl: string): Promise<(series: string) => number> {
  const lines = (await (await fetch(`${managementUrl}/metrics`)).text()).split('\n')
  return (series) => {
    const line = lines.find((each) => each.startsWith(`${series} `))
    if (line === undefined) throw new Error(`there is no ${series} among the metrics`)
    return Number(line.slice(series.length))
  }
}
