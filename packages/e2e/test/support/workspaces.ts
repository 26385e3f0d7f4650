import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { root } from './entries.ts'

const scope = '@mtls-gateway/'

/** A folder below `apps` or `packages`, with what its sources import. */
export interface Workspace {
  readonly name: string
  readonly directory: string
  readonly sources: readonly Source[]
  /** What only runs in the checkout: tests, benches, and scripts beside the folders, such as the bundling of an app. */
  readonly tests: readonly Source[]
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
}

export interface Source {
  /** From the checkout's root. */
  readonly path: string
  readonly imports: readonly string[]
}

function readWorkspace(directory: string): Workspace {
  const json = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  return {
    name: json.name.slice(scope.length),
    directory,
    sources: sourcesBelow(join(directory, 'src')),
    tests: readdirSync(directory)
      .filter((entry) => !['src', 'build', 'dist', 'node_modules'].includes(entry))
      .flatMap((entry) =>
        isScript(entry) ? [readSource(join(directory, entry))] : sourcesBelow(join(directory, entry)),
      ),
    dependencies: Object.keys(json.dependencies ?? {}),
    devDependencies: Object.keys(json.devDependencies ?? {}),
  }
}

function sourcesBelow(directory: string): Source[] {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return []
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true, encoding: 'utf8' })
  // A folder with a manifest of its own is none of the workspace's, and what is built is no source.
  const own = entries.filter(
    ({ parentPath }) => !existsSync(join(parentPath, 'package.json')) && basename(parentPath) !== 'dist',
  )
  return own
    .filter((entry) => entry.isFile() && isScript(entry.name))
    .map(({ parentPath, name }) => readSource(join(parentPath, name)))
}

function isScript(name: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(name)
}

function readSource(file: string): Source {
  return { path: relative(root, file), imports: importsOf(readFileSync(file, 'utf8')) }
}

/** Static, for side effects, dynamic and by require; also those of types alone. */
function importsOf(text: string): string[] {
  const specifier = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([@\w./:#-]+)\1/g
  return [...text.matchAll(specifier)].map(([, , name = '']) => name)
}

export const workspaces = ['apps', 'packages'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => readWorkspace(join(root, folder, name))),
)

/** The workspace that a specifier names, without the scope; empty if it is none of ours. */
export function ours(imported: string): readonly string[] {
  return imported.startsWith(scope) ? [imported.slice(scope.length).split('/')[0] ?? ''] : []
}

/** The npm package that a specifier names; undefined for files and node's own modules. */
export function packageOf(imported: string): string | undefined {
  if (/^(\.|\/|node:|#)/.test(imported)) return undefined
  return imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/')
}
