/**
 * `npm test`: the tests of every workspace, in one queue, and then those in a browser. Arguments are Jest's, and choose
 * among them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { browserFolder, chosenBrowserTests } from './browser-tests.ts'
import { compileCache } from './compile-cache.ts'
import { missingLines, readResults, resultsFile } from './results.ts'
import { rememberedWorkspaces, root } from './workspaces.ts'

const args = process.argv.slice(2)
const inBrowser = chosenBrowserTests(args)
const remembered = args.length === 0 ? rememberedWorkspaces() : []

/** Silent unless it fails. */
const turbo = (...words: readonly string[]) => run('node', join(root, 'infra/turbo.mjs'), ...words, '--continue')
const filters = remembered.map((folder) => `--filter=./${folder}`)
const others = remembered.flatMap((folder) => ['--ignoreProjects', basename(folder)])

rmSync(compileCache, { recursive: true, force: true })
for (const folder of ['.', browserFolder]) rmSync(join(root, folder, resultsFile), { force: true })
const steps = [
  () => turbo('build'),
  () => remembered.length === 0 || turbo('test', ...filters),
  // A name may be one of browser tests alone.
  () => run('jest', ...others, ...args, ...(inBrowser.length > 0 ? ['--passWithNoTests'] : [])),
  () => inBrowser.length === 0 || run('node', join(root, browserFolder, 'run.ts'), ...inBrowser),
]
const outcomes = steps.map((step) => step())

const folders = ['.', browserFolder, ...remembered].filter((folder) => existsSync(join(root, folder, resultsFile)))
for (const line of await missingLines(readResults(root, folders))) console.log(line)
outcomes.push(args.length > 0 || run('node', join(import.meta.dirname, 'count.ts')))
process.exitCode = outcomes.every(Boolean) ? 0 : 1

function run(program: string, ...words: readonly string[]): boolean {
  return spawnSync(program, words, { cwd: root, stdio: 'inherit' }).status === 0
}
