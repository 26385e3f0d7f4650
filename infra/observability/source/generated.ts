import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { dashboards } from './dashboards.ts'
import { grafanaOf } from './grafana.ts'
import { prometheusRuleOf } from './prometheus-rule.ts'

const directory = join(import.meta.dirname, '..')

/** The texts of the files that are made of others, by path from infra/observability. */
export function generated(): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const dashboard of dashboards) {
    texts.set(`dashboards/${dashboard.name}.json`, `${JSON.stringify(grafanaOf(dashboard), null, 2)}\n`)
  }
  const files = globSync('rules/*.yaml', { cwd: directory }).sort()
  const rules = files.map((file) => {
    return prometheusRuleOf(basename(file, '.yaml'), readFileSync(join(directory, file), 'utf8'))
  })
  const header = '# Made of infra/observability/rules by: npm run observability\n'
  texts.set('kubernetes/prometheus-rules.yaml', header + rules.join('---\n'))
  return texts
}
