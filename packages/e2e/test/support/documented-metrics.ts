import { readFileSync } from 'node:fs'
import { root } from './entries.ts'

export interface DocumentedMetric {
  readonly name: string
  readonly type: string
  readonly labels: readonly string[]
  readonly services: readonly string[]
}

const groups: Readonly<Record<string, readonly string[]>> = {
  both: ['config-api', 'forwarder-api'],
  all: ['config-api', 'forwarder-api', 'prober'],
}

/** The rows of docs/metrics.md: | names | type | unit | labels | service | meaning | */
export const documentedMetrics: readonly DocumentedMetric[] = readFileSync(`${root}docs/metrics.md`, 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, names = '', , , , service]) => service !== undefined && /^`[a-z]/.test(names))
  .flatMap(([, names = '', type = '', , labels = '', service = '']) =>
    inCode(names).map((name) => ({ name, type, labels: inCode(labels), services: groups[service] ?? [service] })),
  )

function inCode(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
}
