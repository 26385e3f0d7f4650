/**
 * `npm test`: the tests of every workspace, in one queue, and then those in a browser. Arguments are Jest's, and choose
 * among them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { browserFolder, chosenBrowserTests } from './browser-tests.ts'
import { compileCache } from './compile-cache.ts'
import { missingLines, readResults, resultsFile } from './results.ts'
import { root } from './root.ts'

const args = process.argv.slice(2)
const inBrowser = chosenBrowserTests(args)

rmSync(compileCache, { recursive: true, force: true })
for (const folder of ['.', browserFolder]) rmSync(join(root, folder, resultsFile), { force: true })
const steps = [
  // Silent unless it fails.
  () => run('node', join(root, 'infra/turbo.mjs'), 'build', '--continue'),
  // A name may be one of browser tests alone.
  () => run('jest', ...args, ...(inBrowser.length > 0 ? ['--passWithNoTests'] : [])),
  () => inBrowser.length === 0 || run('node', join(root, browserFolder, 'run.ts'), ...inBrowser),
]
const outcomes = steps.map((step) => step())

const folders = ['.', browserFolder].filter((folder) => existsSync(join(root, folder, resultsFile)))
for (const line of await missingLines(readResults(root, folders))) console.log(line)
outcomes.push(args.length > 0 || run('node', join(import.meta.dirname, 'count.ts')))
process.exitCode = outcomes.every(Boolean) ? 0 : 1

function run(program: string, ...words: readonly string[]): boolean {
  return spawnSync(program, words, { cwd: root, stdio: 'inherit' }).status === 0
}
