import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { pools } from '@mtls-gateway/bulkhead'
import { root } from '../support/entries.ts'
import { packageOf, workspaces } from '../support/workspaces.ts'

const names = Object.keys(pools)
const sources = workspaces
  .filter(({ name }) => !['bulkhead', 'bench', 'test-kit', 'demo', 'cli'].includes(name))
  .flatMap((workspace) => workspace.sources)
  .map(({ path }) => readFileSync(`${root}${path}`, 'utf8'))

/** Where a pool is opened, by name. */
function openings(): string[] {
  return sources.flatMap((text) => [...text.matchAll(/\.open\(\s*'([a-z-]+)'/g)].map(([, name = '']) => name))
}

describe('the list of pools', () => {
  it('has what the code opens, each in one place of a service', () => {
    const opened = openings().filter((name) => names.includes(name))
    const listed = Object.entries(pools).flatMap(([name, { service }]) => (service === 'both' ? [name, name] : [name]))
    expect(opened.sort()).toEqual(listed.sort())
  })

  it('is that of docs/fair-shares.md', () => {
    const [, table = ''] =
      /<!-- pools -->\n([\s\S]*?)<!-- \/pools -->/.exec(readFileSync(`${root}docs/fair-shares.md`, 'utf8')) ?? []
    const rows = table
      .split('\n')
      .slice(2, -1)
      .map((row) =>
        row
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, 5),
      )
    const listed = Object.entries(pools).map(([name, { service, unit, owner }]) => [
      `\`${name}\``,
      service,
      unit,
      owner,
    ])
    expect(rows).toEqual(listed)
  })

  it('leaves no other queue: libraries that queue know nothing of shares', () => {
    const queues = ['p-limit', 'p-queue', 'p-throttle', 'async', 'bottleneck', 'fastq']
    const importers = workspaces
      .flatMap((workspace) => workspace.sources)
      .filter(({ imports }) => imports.some((name) => queues.some((queue) => packageOf(name) === queue)))
    expect(importers.map(({ path }) => path)).toEqual([])
  })
})
