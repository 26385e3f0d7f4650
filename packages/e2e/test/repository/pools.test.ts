import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { measuredPools } from '@mtls-gateway/bench/measured-pools'
import { pools } from '@mtls-gateway/bulkhead'
import { root } from '../support/entries.ts'
import { packageOf, workspaces } from '../support/workspaces.ts'

/** Where a service opens pools, by name: in the app itself, and in the packages that both are made of. */
function openedBy(service: string): string[] {
  const own = workspaces.filter(({ name, directory }) => name === service || directory.startsWith(`${root}packages/`))
  const texts = own.flatMap(({ sources }) => sources).map(({ path }) => readFileSync(`${root}${path}`, 'utf8'))
  return texts.flatMap((text) => [...text.matchAll(/\.open\(\s*'([a-z-]+)'/g)].map(([, name = '']) => name))
}

/** Name and service of each pool in docs/fair-shares.md. */
function documentedPools(): { name: string; service: string }[] {
  const text = readFileSync(`${root}docs/fair-shares.md`, 'utf8')
  const [, table = ''] = /<!-- pools -->\n([\s\S]*?)<!-- \/pools -->/.exec(text) ?? []
  return [...table.matchAll(/^\| `([a-z-]+)` \| ([a-z-]+) \|/gm)].map(([, name = '', service = '']) => ({
    name,
    service,
  }))
}

describe('the list of pools', () => {
  it.each(['config-api', 'forwarder-api', 'console'])('has what %s opens, each in one place', (service) => {
    const shared = service === 'console' ? [] : ['both']
    const listed = documentedPools().filter((pool) => [...shared, service].includes(pool.service))
    const opened = openedBy(service)
    expect(listed.map(({ name }) => opened.filter((each) => each === name))).toEqual(listed.map(({ name }) => [name]))
  })

  it('is that of docs/fair-shares.md', () => {
    expect(documentedPools().map(({ name }) => name)).toEqual(Object.keys(pools))
  })

  it('has none that the bench does not measure, in each service of the gateway that opens it', () => {
    const services = (service: string) => (service === 'both' ? ['config-api', 'forwarder-api'] : [service])
    const listed = documentedPools()
      .filter(({ service }) => service !== 'console')
      .flatMap(({ name, service }) => services(service).map((each) => `${name} of ${each}`))
    expect([...measuredPools].sort()).toEqual(listed.sort())
  })

  it('leaves no other queue: libraries that queue know nothing of shares', () => {
    const queues = ['p-limit', 'p-queue', 'p-throttle', 'async', 'bottleneck', 'fastq']
    const importers = workspaces
      .flatMap((workspace) => workspace.sources)
      .filter(({ imports }) => imports.some((name) => queues.some((queue) => packageOf(name) === queue)))
    expect(importers.map(({ path }) => path)).toEqual([])
  })
})
