import { globSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

/** Where the tests in a browser are, and how they are run (decision 40): below the checkout's root. */
export const browserFolder = 'apps/console/test/browser'

/** The files that arguments of Jest choose: by name, as its own, and none if there are options. */
export function chosenBrowserTests(args: readonly string[]): readonly string[] {
  if (args.some((arg) => arg.startsWith('-'))) return []
  const all = globSync('**/*.browser.ts', { cwd: join(root, browserFolder) }).map((file) => join(browserFolder, file))
  const patterns = args.map((arg) => new RegExp(arg, 'i'))
  return patterns.length === 0 ? all : all.filter((file) => patterns.some((pattern) => pattern.test(file)))
}
