import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** The outcome of a run. */
export interface Results {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** How many of them, for want of each tool. */
  readonly missing: Readonly<Record<string, number>>
  /** The folders of the workspaces in which a test ran. */
  readonly workspaces: readonly string[]
  /** What failed, and why. */
  readonly failures: readonly string[]
}

/** In the directory of a run's configuration. */
export const resultsFile = 'test-results.json'

/** The sum of several runs: what they have left in these folders below the checkout's root. */
export function readResults(root: string, folders: readonly string[]): Results {
  const all = folders.map((folder): Results => JSON.parse(readFileSync(join(root, folder, resultsFile), 'utf8')))
  const sum = (count: (results: Results) => number) => all.reduce((total, results) => total + count(results), 0)
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    missing: sumOfEach(all.map(({ missing }) => missing)),
    workspaces: all.flatMap(({ workspaces }) => workspaces),
    failures: all.flatMap(({ failures }) => failures),
  }
}

function sumOfEach(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [name, count] of all.flatMap(Object.entries<number>)) sums[name] = (sums[name] ?? 0) + count
  return sums
}

/** How many of these skipped tests lack each tool, by names that test-kit's `withTools` gives them, and by project. */
export function countMissing(
  skipped: readonly { readonly name: string; readonly missing?: readonly string[] | undefined }[],
): Record<string, number> {
  return sumOfEach(
    skipped.map(({ name, missing = [] }) => {
      const marks = [...name.matchAll(/\[needs ([^\]]+)\]/g)].flatMap(([, tools = '']) => tools.split(', '))
      return Object.fromEntries([...missing, ...marks].map((tool) => [tool, 1]))
    }),
  )
}

const failureLines = 40

/** A failure as it is kept: without colours, and without the end of what is very long. */
export function failureOf(name: string, message: string): string {
  const lines = stripVTControlCharacters(message).trim().split('\n')
  return [name, ...lines.slice(0, failureLines), ...(lines.length > failureLines ? ['…'] : [])].join('\n  ')
}

/** Workspaces that have tests, none of which has run. */
export function silentWorkspaces(root: string, { workspaces }: Results): string[] {
  return globSync('{apps,packages}/*/package.json', { cwd: root })
    .filter((file) => JSON.parse(readFileSync(join(root, file), 'utf8')).scripts?.test !== undefined)
    .map((file) => basename(dirname(file)))
    .filter((name) => !workspaces.includes(name))
}

/** What was skipped for want of tools, in a few lines; nothing where nothing was. */
export async function missingLines({ missing }: Results): Promise<string[]> {
  const counts = Object.entries(missing).toSorted(([, a], [, b]) => b - a)
  if (counts.length === 0) return []
  // What is built: the first step of `npm test` builds it.
  const { commandFor } = await import('@mtls-gateway/test-kit/needed-tools')
  const command = commandFor(counts.map(([tool]) => tool))
  return [
    `Skipped, as this machine lacks: ${counts.map(([tool, count]) => `${tool} (${count} tests)`).join(', ')}`,
    ...(command === undefined ? [] : [`To run them, too: ${command}`]),
  ]
}

export function countsOf({ passed, failed, skipped }: Results): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
