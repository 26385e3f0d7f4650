/**
 * `npm run dashboards`: runs the services on Vault and Redis with calls and faults, a Prometheus that watches them, and
 * draws what the queries of each dashboard find: docs/pictures/dashboards. Says which alerts fired.
 */
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Panel } from '../source/dashboard.ts'
import { dashboards } from '../source/dashboards.ts'
import type { Found, Span } from './found.ts'
import { picture } from './picture.ts'
import { Prometheus, type Series } from './prometheus.ts'
import { play } from './scene.ts'
import { clearStage, scraped, setStage } from './stage.ts'

const root = join(import.meta.dirname, '../../..')
const pictures = join(root, 'docs/pictures/dashboards')
/** Scraped every second, so that rates need no longer window. */
const variables = { $__rate_interval: '10s', $instance: '.*' }

const tell = (what: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${what}`)

async function record(): Promise<void> {
  tell('starts the services, Vault, Redis and Prometheus')
  const stage = await setStage()
  const rules = globSync(join(root, 'infra/observability/rules/*.yaml'))
  const prometheus = await Prometheus.start(scraped(stage), rules)
  try {
    const start = Math.floor(Date.now() / 1_000)
    await play(stage, tell)
    const span = { start, end: Math.floor(Date.now() / 1_000) }
    for (const alert of await fired(prometheus, span)) tell(`fired: ${alert}`)
    mkdirSync(pictures, { recursive: true })
    for (const dashboard of dashboards) {
      const panels = dashboard.rows.flatMap((row) => row.panels)
      const found = new Map<Panel, readonly Found[]>()
      for (const panel of panels) found.set(panel, await ask(prometheus, panel, span))
      const empty = panels.filter((panel) => found.get(panel)?.length === 0).map(({ title }) => title)
      if (empty.length > 0) tell(`${dashboard.name}, no data: ${empty.join(', ')}`)
      const svg = picture(dashboard, (panel) => found.get(panel) ?? [], span)
      writeFileSync(join(pictures, `${dashboard.name}.svg`), svg)
      tell(`docs/pictures/dashboards/${dashboard.name}.svg: ${svg.length} bytes`)
    }
  } finally {
    await prometheus.stop()
    await clearStage(stage)
  }
}

async function ask(prometheus: Prometheus, { kind, queries }: Panel, { start, end }: Span): Promise<readonly Found[]> {
  const answers = queries.map(async ({ expr, legend }) => {
    const query = Object.entries(variables).reduce((text, [name, value]) => text.replaceAll(name, value), expr)
    const series =
      kind === 'table' ? await prometheus.instant(query, end) : await prometheus.range(query, start, end, 2)
    return series.map((each) => ({ name: named(legend, each), series: each }))
  })
  return (await Promise.all(answers)).flat()
}

function named(legend: string, { labels }: Series): string {
  return legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '')
}

async function fired(prometheus: Prometheus, { start, end }: Span): Promise<readonly string[]> {
  const series = await prometheus.range('ALERTS{alertstate="firing"}', start, end, 1)
  return [...new Set(series.map(({ labels }) => labels.alertname ?? ''))].sort()
}

await record()
