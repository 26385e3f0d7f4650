import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** What came of a run. */
export interface Results {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The folders of the workspaces of which a test has run. */
  readonly workspaces: readonly string[]
}

/** In the directory of a run's configuration. */
export const resultsFile = 'test-results.json'

/** Of several runs together: what they have left below the checkout's root, in these folders. */
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

/** Workspaces with tests none of which has run. */
export function silentWorkspaces(root: string, { workspaces }: Results): string[] {
  return globSync('{apps,packages}/*/package.json', { cwd: root })
    .filter((file) => JSON.parse(readFileSync(join(root, file), 'utf8')).scripts?.test !== undefined)
    .map((file) => basename(dirname(file)))
    .filter((name) => !workspaces.includes(name))
}

export function countsOf({ passed, failed, skipped }: Results): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
