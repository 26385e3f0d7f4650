/**
 * `npm test`: the tests of every workspace, in one queue, and those in a browser beside them. Arguments are Jest's, and
 * choose among them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { join } from 'node:path'
import { browserFolder, chosenBrowserTests } from './browser-tests.ts'
import { compileCache } from './compile-cache.ts'
import { missingLines, readResults, resultsFile } from './results.ts'
import { root } from './root.ts'

// A run gives way to whatever else the machine does. The processes that our services start do so by 10 or 19: beside
// workers at 7 they get their share, where beside such at 0 they would hardly start.
const priority = 7
if (getPriority() < priority) setPriority(priority)

const args = process.argv.slice(2)
const inBrowser = chosenBrowserTests(args)

rmSync(compileCache, { recursive: true, force: true })
for (const folder of ['.', browserFolder]) rmSync(join(root, folder, resultsFile), { force: true })
// Silent unless it fails.
const outcomes = [await run('node', [join(root, 'infra/turbo.mjs'), 'build', '--continue'])]
// A name may be one of browser tests alone.
const jest = run('jest', [...args, ...(inBrowser.length > 0 ? ['--passWithNoTests'] : [])])
if (inBrowser.length > 0) outcomes.push(await run('node', [join(root, browserFolder, 'run.ts'), ...inBrowser], jest))
outcomes.push(await jest)

const folders = ['.', browserFolder].filter((folder) => existsSync(join(root, folder, resultsFile)))
for (const line of await missingLines(readResults(root, folders))) console.log(line)
if (args.length === 0) outcomes.push(await run('node', [join(import.meta.dirname, 'count.ts')]))
process.exitCode = outcomes.every(Boolean) ? 0 : 1

/** Whether it ends well. It prints nothing before `turn`, if that is given. */
async function run(program: string, words: readonly string[], turn?: Promise<unknown>): Promise<boolean> {
  const output = turn === undefined ? 'inherit' : 'pipe'
  const child = spawn(program, words, { cwd: root, stdio: ['inherit', output, output] })
  const held: Buffer[] = []
  let print = (chunk: Buffer): unknown => held.push(chunk)
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => print(chunk))
  turn?.then(() => {
    print = (chunk) => process.stdout.write(chunk)
    held.splice(0).forEach(print)
  })
  const [code]: unknown[] = await once(child, 'close')
  await turn
  return code === 0
}
