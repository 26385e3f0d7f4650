import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The outcome of a run. */
export interface Results {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The folders of the workspaces in which a test ran. */
  readonly workspaces: readonly string[]
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
    workspaces: all.flatMap(({ workspaces }) => workspaces),
  }
}

/** Workspaces that have tests, none of which has run. */
export function silentWorkspaces(root: string, { workspaces }: Results): string[] {
  return globSync('{apps,packages}/*/package.json', { cwd: root })
    .filter((file) => JSON.parse(readFileSync(join(root, file), 'utf8')).scripts?.test !== undefined)
    .map((file) => basename(dirname(file)))
    .filter((name) => !workspaces.includes(name))
}

export function countsOf({ passed, failed, skipped }: Results): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
