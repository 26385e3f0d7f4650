import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'
import { ours, type Source, type Workspace, workspaces } from '../support/workspaces.ts'

type Imports = ReadonlyMap<string, ReadonlySet<string>>

/** A folder, by its path below `src`; a file that lies in `src` itself stands for itself. */
function placeOf(source: string, path: string): string {
  const file = relative(source, path)
  return file.includes('/') ? dirname(file) : file
}

/** Also those of types alone. @param placeOf what stands for a file */
function importsBetween(sources: readonly Source[], placeOf: (file: string) => string): Imports {
  const edges = sources.flatMap(({ path, imports }) => {
    const file = resolve(root, path)
    const imported = imports.filter((name) => name.startsWith('.')).map((name) => resolve(dirname(file), name))
    return imported.map((other): [string, string] => [placeOf(file), placeOf(other)])
  })
  return graphOf(edges)
}

function graphOf(edges: readonly (readonly [string, string])[]): Imports {
  const graph = new Map<string, Set<string>>()
  for (const [from, to] of edges) if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to))
  return graph
}

function reachedFrom(start: string, graph: Imports): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = [start]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    for (const next of graph.get(place) ?? []) {
      if (!reached.has(next)) waiting.push(next)
      reached.add(next)
    }
  }
  return reached
}

/** Each import that is a part of a cycle, as `from -> to`. */
function cyclicImports(graph: Imports): readonly string[] {
  return [...graph].flatMap(([from, imported]) =>
    [...imported].filter((to) => reachedFrom(to, graph).has(from)).map((to) => `${from} -> ${to}`),
  )
}

/** Whatever a cycle of folders has of files, one import of it leads to a folder. */
function cyclesOfFolders({ directory, sources }: Workspace): readonly string[] {
  const imports = importsBetween(sources, (file) => placeOf(join(directory, 'src'), file))
  return cyclicImports(imports).filter((edge) => !/\.[jt]sx?$/.test(edge))
}

describe('files', () => {
  it.each(workspaces.map((workspace) => [workspace.name, workspace] as const))(
    'do not import each other in a circle: %s',
    (_name, { sources }) => {
      expect(cyclicImports(importsBetween(sources, (file) => relative(root, file)))).toEqual([])
    },
  )
})

describe('folders', () => {
  it.each(workspaces.map((workspace) => [workspace.name, workspace] as const))(
    'do not import each other in a circle: %s',
    (_name, workspace) => {
      expect(cyclesOfFolders(workspace)).toEqual([])
    },
  )
})

describe('packages', () => {
  it('do not import each other in a circle', () => {
    const edges = workspaces.flatMap(({ name, sources }) =>
      sources.flatMap(({ imports }) => imports.flatMap(ours).map((imported): [string, string] => [name, imported])),
    )
    expect(cyclicImports(graphOf(edges))).toEqual([])
  })
})
