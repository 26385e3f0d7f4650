/**
 * The values of a service's metrics, by series: the name with its labels, as they are written.
 * @returns throws where there is no such series, and no value for that is given
 */
export async function serviceMetrics(managementUrl: string): Promise<(series: string, absent?: number) => number> {
  const lines = (await (await fetch(`${managementUrl}/metrics`)).text()).split('\n')
  return (series, absent) => {
    const line = lines.find((each) => each.startsWith(`${series} `))
    if (line === undefined && absent !== undefined) return absent
    if (line === undefined) throw new Error(`there is no ${series} among the metrics`)
    return Number(line.slice(series.length))
  }
}
