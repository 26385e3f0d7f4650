import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { ServiceMetrics } from '@mtls-gateway/service-kit'
import { documentedMetrics } from '../../support/documented-metrics.ts'
import { root } from '../../support/entries.ts'

const sources = globSync(['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'], { cwd: root })
  .map((path) => readFileSync(`${root}${path}`, 'utf8'))
  .filter((text) => /prom-client|readCounter|SlotHistogram/.test(text))

/** A metric's name is a literal, where it is registered or as the first argument of what registers it. */
const literal = /(?:\bname: |\bgauge\()\s*'([a-z][a-z\d]*(?:_[a-z\d]+)+)'/g

const inSources = sources.flatMap((text) => [...text.matchAll(literal)].map(([, name = '']) => name))
const ofEveryProcess = new ServiceMetrics('test').registry.getMetricsAsArray().map(({ name }) => name)

const documented = documentedMetrics.map(({ name }) => name)

describe('docs/metrics.md', () => {
  it('has exactly the metrics that the code registers', () => {
    expect(documented.toSorted()).toEqual([...new Set([...inSources, ...ofEveryProcess])].sort())
  })

  it('has each of them once', () => {
    expect(documented.filter((name, at) => documented.indexOf(name) !== at)).toEqual([])
  })

  it('calls counters, and those of our own that are not counters, by names that say so', () => {
    const wrong = documentedMetrics.filter(
      ({ name, type }) => !name.startsWith('nodejs_') && (type === 'counter') !== name.endsWith('_total'),
    )
    expect(wrong).toEqual([])
  })

  it('has no label that names a tenant, a caller or a target, but for certificates that expire', () => {
    const forbidden = ['account', 'accountId', 'app_key', 'caller', 'address', 'target', 'host', 'url', 'certificate']
    const named = documentedMetrics.filter(({ labels }) => labels.some((label) => forbidden.includes(label)))
    expect(named.map(({ name }) => name)).toEqual(['certificate_not_after_timestamp_seconds'])
  })
})
