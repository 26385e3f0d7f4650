import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { pools } from '@mtls-gateway/bulkhead'
import { errorCodes } from '@mtls-gateway/domain'
import { transportCodes } from '@mtls-gateway/outbound'
import { withTools } from '@mtls-gateway/test-kit'
import { parse } from 'yaml'
import { dashboards } from '../../../../infra/observability/source/dashboards.ts'
import { generated } from '../../../../infra/observability/source/generated.ts'
import { type DocumentedMetric, documentedMetrics } from '../support/documented-metrics.ts'
import { root } from '../support/entries.ts'
import { selectorsOf } from '../support/promql.ts'

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

interface AlertTest {
  readonly alertname: string
  readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[]
}

const directory = join(root, 'infra/observability')
const read = (path: string) => readFileSync(join(directory, path), 'utf8')
const ruleFiles = globSync('rules/*.yaml', { cwd: directory }).sort()
const testFiles = globSync('rules/tests/*.yaml', { cwd: directory }).sort()

const alerts = ruleFiles.flatMap((file) => {
  const { groups } = parse(read(file)) as { groups: { rules: Alert[] }[] }
  return groups.flatMap(({ rules }) => rules)
})
const names = [...new Set(alerts.map(({ alert }) => alert))]
const alertTests = testFiles.flatMap((file) => {
  const { tests } = parse(read(file)) as { tests: { alert_rule_test: AlertTest[] }[] }
  return tests.flatMap(({ alert_rule_test }) => alert_rule_test)
})

const queries = [
  ...alerts.map(({ alert, expr }) => ({ of: alert, expr })),
  ...dashboards.flatMap(({ name, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ of: `${name}: ${panel.title}`, expr }))),
    ),
  ),
]

/** What Prometheus adds to each series, and makes itself. */
const ofPrometheus = { labels: ['job', 'instance'], metrics: ['up'] }

const jobs = ['config-api', 'console', 'forwarder-api', 'prober']

const itWithPromtool = withTools(it, 'promtool')

function expectAccepted(args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: directory, encoding: 'utf8' })
  expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' })
}

describe('the alerts', () => {
  it('are read', () => {
    expect(names.length).toBeGreaterThan(25)
    expect(queries.length).toBeGreaterThan(100)
  })

  itWithPromtool('are rules that Prometheus takes, and fire as their tests say', () => {
    expectAccepted(['check', 'rules', ...ruleFiles])
    expectAccepted(['test', 'rules', ...testFiles])
  })

  it.each(alerts.map((each) => [each.alert, each.labels.severity ?? '', each] as const))(
    '%s (%s) has a test in which it fires, and one in which it does not',
    (name, severity) => {
      const own = alertTests.filter(({ alertname }) => alertname === name)
      const fires = own.some(({ exp_alerts }) => exp_alerts.some(({ exp_labels }) => exp_labels.severity === severity))
      expect({ fires, rests: own.some(({ exp_alerts }) => exp_alerts.length === 0) }).toEqual({
        fires: true,
        rests: true,
      })
    },
  )

  it.each(alerts.map((each) => [each.alert, each] as const))('%s has a summary and a runbook', (name, alert) => {
    expect(alert.annotations).toEqual({ summary: expect.any(String), runbook: `docs/runbooks/${name}.md` })
    const page = readFileSync(join(root, `docs/runbooks/${name}.md`), 'utf8')
    expect(page.split('\n')[0]).toBe(`# ${name}`)
    for (const part of ['**Meaning.** ', '**Effect.** ', '## First look', '## Fix']) expect(page).toContain(`\n${part}`)
  })

  it('are in the list of runbooks, each with its severities, in the order of the rules', () => {
    const list = readFileSync(join(root, 'docs/runbooks/README.md'), 'utf8')
    const listed = [...list.matchAll(/^\| \[(\w+)\]\(\w+\.md\) \| ([a-z, ]+) \|/gm)].map(([, name, severity]) => [
      name,
      severity,
    ])
    const severities = (name: string) =>
      alerts.filter(({ alert }) => alert === name).map(({ labels }) => labels.severity)
    const inOrder = ['availability', 'calls', 'dependencies', 'certificates'].flatMap((file) =>
      [...read(`rules/${file}.yaml`).matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name),
    )
    expect(listed).toEqual([...new Set(inOrder)].map((name) => [name, severities(name).join(', ')]))
  })

  it('are there for each runbook', () => {
    const pages = readdirSync(join(root, 'docs/runbooks')).map((file) => basename(file, '.md'))
    expect(pages.filter((page) => page !== 'README').sort()).toEqual(names.toSorted())
  })
})

/** The series of a metric, with the labels by which they can be chosen. A histogram has three kinds. */
function seriesOf({ name, type, labels }: DocumentedMetric): readonly (readonly [string, readonly string[]])[] {
  if (type !== 'histogram') return [[name, labels]]
  return [
    [`${name}_bucket`, [...labels, 'le']],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ]
}

describe('the queries of alerts and dashboards', () => {
  const documented = new Map(documentedMetrics.flatMap(seriesOf))
  const inDocument = [...readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(/`([^`]+)`/g)]
  const words = inDocument.map(([, word = '']) => word)
  const known = [...errorCodes, ...transportCodes, ...Object.keys(pools), ...jobs, ...words]

  it.each(queries)('read documented metrics, by labels that they have: $of', ({ expr }) => {
    const read = selectorsOf(expr).filter(({ metric }) => !ofPrometheus.metrics.includes(metric))
    expect(read.filter(({ metric }) => !documented.has(metric))).toEqual([])
    for (const { metric, matchers } of read) {
      const labels = [...(documented.get(metric) ?? []), ...ofPrometheus.labels]
      expect(labels).toEqual(expect.arrayContaining(matchers.map(({ label }) => label)))
    }
  })

  it.each(queries)('choose by values that there are: $of', ({ expr }) => {
    const values = selectorsOf(expr)
      .flatMap(({ matchers }) => matchers)
      .filter(({ label }) => !['instance', 'status', 'route'].includes(label))
      .flatMap(({ value }) => value.split('|'))
    expect(values.filter((value) => !known.some((word) => new RegExp(`^(?:${value})$`).test(word)))).toEqual([])
  })

  // An edge may ask for health as often as there are requests, which would halve each share.
  it.each(queries)('count no requests for health: $of', ({ expr }) => {
    const requests = selectorsOf(expr).filter(({ metric }) => metric === 'http_requests_total')
    // The prober has no such route.
    const counted = requests.filter(({ matchers }) => !matchers.some(({ value }) => value === 'prober'))
    expect(counted.filter(({ matchers }) => !matchers.some(({ label }) => label === 'route'))).toEqual([])
  })

  // Other programs have metrics of the same names, such as http_requests_total.
  it.each(queries)('read those of the gateway alone: $of', ({ expr }) => {
    expect(selectorsOf(expr).filter(({ matchers }) => !matchers.some(({ label }) => label === 'job'))).toEqual([])
  })
})

describe('the Prometheus of docker-compose.yml', () => {
  itWithPromtool('takes its configuration', () => {
    expectAccepted(['check', 'config', 'prometheus.yml'])
  })

  it('names its jobs as queries choose them', () => {
    const { scrape_configs } = parse(read('prometheus.yml')) as { scrape_configs: { job_name: string }[] }
    expect(scrape_configs.map(({ job_name }) => job_name).sort()).toEqual(jobs)
  })
})

describe('the dashboards', () => {
  it('and the rules for Kubernetes are up to date: npm run observability', () => {
    const written = [...generated()].map(([path, text]) => ({ path, isCurrent: read(path) === text }))
    expect(written.filter(({ isCurrent }) => !isCurrent)).toEqual([])
    const files = globSync('dashboards/*.json', { cwd: directory })
    expect(files.sort()).toEqual([...generated().keys()].filter((path) => path.endsWith('.json')).sort())
  })

  itWithPromtool('ask what Prometheus understands', () => {
    const rules = queries.map(({ expr }, index) => {
      const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*')
      return { record: `query_${index}`, expr: query }
    })
    const temporary = mkdtempSync(join(tmpdir(), 'queries-'))
    try {
      const file = join(temporary, 'rules.yaml')
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules }] }))
      expectAccepted(['check', 'rules', file])
    } finally {
      rmSync(temporary, { recursive: true })
    }
  })

  it('are all in the documentation', () => {
    const documented = readFileSync(join(root, 'docs/monitoring.md'), 'utf8').matchAll(/^\| `([\w-]+)\.json` \|/gm)
    expect([...documented].map(([, name]) => name)).toEqual(dashboards.map(({ name }) => name))
  })
})
