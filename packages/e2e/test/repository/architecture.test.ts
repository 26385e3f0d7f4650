import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'
import { ours, packageOf, type Workspace, workspaces } from '../support/workspaces.ts'

/** Bottom first: a package may import what stands on a lower line, and what an exception names. */
const layers: readonly (readonly string[])[] = [
  ['domain', 'event-loop'],
  ['contract', 'bulkhead', 'certificate-rules'],
  ['secret-store', 'coordination', 'isolated-jobs', 'message-signature', 'target-auth'],
  ['registry', 'key-material', 'request-auth', 'outbound', 'service-kit'],
  ['admin', 'issuance'],
  ['config-api', 'forwarder-api'],
]
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // It holds the guards, which call request-auth's plain functions.
  'service-kit': ['request-auth'],
  // Beside the layers: they drive the system from outside, or stand in for what is outside.
  'app-bundle': [],
  'request-signing': ['domain'],
  // What callers of the gateway have of it: the contract and the signer.
  client: ['contract', 'request-signing'],
  'test-kit': ['request-signing'],
  'test-runner': ['test-kit'],
  // What commands show, on the side of whoever runs them.
  terminal: [],
  admin: ['terminal'],
  // It talks to the services over HTTP, and has nothing of theirs but the contract and the rules of the wire.
  cli: ['client', 'contract', 'request-signing', 'terminal'],
  // Its page talks to config-api by the client; its server is a service without a store.
  console: ['admin', 'bulkhead', 'client', 'contract', 'coordination', 'domain', 'service-kit'],
  demo: ['contract', 'coordination', 'domain', 'terminal', 'test-kit'],
  // It fills stores with more than the API would take in minutes.
  bench: ['domain', 'registry', 'request-signing', 'secret-store', 'terminal', 'test-kit'],
}

const apps = workspaces.filter(({ directory }) => relative(root, directory).startsWith('apps/')).map(({ name }) => name)

function allowedFor(name: string): readonly string[] {
  const layer = layers.findIndex((names) => names.includes(name))
  return [...layers.slice(0, Math.max(layer, 0)).flat(), ...(exceptions[name] ?? [])]
}

function importersOf(packageName: string): string[] {
  const all = workspaces.flatMap(({ sources }) => sources)
  return all.filter(({ imports }) => imports.some((name) => packageOf(name) === packageName)).map(({ path }) => path)
}

describe('every workspace', () => {
  it('has a place in the layout', () => {
    // e2e drives them from outside, fuzz attacks what they read, and interop calls them by other languages' tools.
    const outside = ['e2e', 'fuzz', 'interop']
    const placed = [...layers.flat(), ...Object.keys(exceptions), ...outside]
    expect(workspaces.map(({ name }) => name).filter((name) => !placed.includes(name))).toEqual([])
    expect(workspaces.length).toBeGreaterThanOrEqual(12)
  })

  it.each(workspaces.map((workspace) => workspace.name))('imports one way: %s', (name) => {
    const { sources } = find(name)
    const allowed = [...allowedFor(name), name]
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .flatMap(ours)
        .filter((imported) => !allowed.includes(imported))
        .map((imported) => `${path} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  it.each(workspaces.map((workspace) => workspace.name))('depends one way: %s', (name) => {
    const { dependencies, devDependencies } = find(name)
    const allowed = allowedFor(name)
    expect(dependencies.flatMap(ours).filter((dependency) => !allowed.includes(dependency))).toEqual([])
    // A package's tests may use the test-kit and the signer; apps are bundled, and so is the service that tests of the
    // service-kit start. e2e and bench name the apps, so that these are built before they run, and fuzz attacks any.
    const forTests = ['e2e', 'bench', 'fuzz', 'interop'].includes(name)
      ? workspaces.map((workspace) => workspace.name)
      : [...allowed, 'request-signing', 'test-kit', ...([...apps, 'service-kit'].includes(name) ? ['app-bundle'] : [])]
    expect(devDependencies.flatMap(ours).filter((dependency) => !forTests.includes(dependency))).toEqual([])
  })

  it.each(workspaces.map((workspace) => workspace.name))('stays within its own folder: %s', (name) => {
    const { sources, directory } = find(name)
    const leaving = sources.flatMap(({ path, imports }) =>
      imports
        .filter((imported) => imported.startsWith('.'))
        .filter((imported) => !resolve(root, path, '..', imported).startsWith(join(directory, 'src')))
        .map((imported) => `${path} imports ${imported}`),
    )
    expect(leaving).toEqual([])
  })
})

describe('an app', () => {
  it('is imported by nobody, not even by another app', () => {
    const importers = workspaces.flatMap(({ name, sources }) =>
      sources.filter(({ imports }) =>
        imports.flatMap(ours).some((imported) => apps.includes(imported) && imported !== name),
      ),
    )
    expect(importers.map(({ path }) => path)).toEqual([])
  })
})

describe('a library that one place knows', () => {
  it.each([
    { library: 'hashi-vault-js', places: ['packages/secret-store/src/vault/'] },
    { library: 'redis', places: ['packages/coordination/src/redis/'] },
    { library: 'rolldown', places: ['packages/app-bundle/src/'] },
    { library: '@nestjs/swagger', places: ['packages/service-kit/src/'] },
    // For tests: calls to targets have connections of their own (ADR 12).
    { library: 'undici', places: ['packages/test-kit/src/'] },
  ])('is imported nowhere else: $library', ({ library, places }) => {
    const elsewhere = importersOf(library).filter((path) => !places.some((place) => path.startsWith(place)))
    expect(elsewhere).toEqual([])
  })

  it('is test code: @jest/globals', () => {
    expect(importersOf('@jest/globals').filter((path) => !path.includes('/src/testing/'))).toEqual([])
  })
})

describe('the domain', () => {
  it('is pure: no package of others, no I/O', () => {
    const imported = find('domain').sources.flatMap(({ imports }) => imports.filter((name) => !name.startsWith('.')))
    expect(imported.filter((name) => !['node:crypto', 'node:util', 'node:assert'].includes(name))).toEqual([])
  })
})

describe('the contract', () => {
  it('has every route: no controller names a path or a method by itself', () => {
    const sources = workspaces.flatMap((workspace) => workspace.sources.map(({ path }) => path))
    const named = sources.filter((path) =>
      /@(Get|Post|Put|Patch|Delete|Head|Options|All)\(|@Controller\([^)]/.test(readFileSync(join(root, path), 'utf8')),
    )
    expect(named).toEqual([])
  })

  it('runs anywhere: zod, the words of the domain, and nothing of Node', () => {
    const imported = find('contract').sources.flatMap(({ imports }) => imports.filter((name) => !name.startsWith('.')))
    expect([...new Set(imported)].sort()).toEqual(['@mtls-gateway/domain/words', 'zod'])
    expect(reachedFrom('domain', 'words').filter((name) => name.startsWith('node:'))).toEqual([])
  })

  it('tells clients where operations are, and loads no schema for that', () => {
    expect(reachedFrom('contract', 'words').filter((name) => !name.startsWith('packages/contract/src/'))).toEqual([])
    expect(reachedFrom('contract', 'words').filter((name) => /schemas|operation/.test(name))).toEqual([])
    const loading = find('client').sources.filter(({ path }) =>
      /^import (?!type\b).*'@mtls-gateway\/contract'$/m.test(readFileSync(join(root, path), 'utf8')),
    )
    expect(loading).toEqual([])
  })
})

describe('the client', () => {
  it('runs anywhere: nothing of Node, but what the signer has', () => {
    const imported = find('client').sources.flatMap(({ imports }) => imports)
    expect(imported.filter((name) => name.startsWith('node:'))).toEqual([])
  })
})

/** All that a file of a package imports, and what it reaches by that. */
function reachedFrom(name: string, module: string): readonly string[] {
  return [...reach(find(name), `packages/${name}/src/${module}.ts`, new Set())]
}

function reach(workspace: Workspace, path: string, reached: Set<string>): ReadonlySet<string> {
  const source = workspace.sources.find((candidate) => candidate.path === path)
  for (const name of source?.imports ?? []) {
    const next = name.startsWith('.') ? relative(root, resolve(root, path, '..', name)) : name
    if (reached.has(next)) continue
    reached.add(next)
    reach(workspace, next, reached)
  }
  return reached
}

function find(name: string): Workspace {
  const workspace = workspaces.find((candidate) => candidate.name === name)
  if (workspace === undefined) throw new Error(`there is no workspace ${name}`)
  return workspace
}
