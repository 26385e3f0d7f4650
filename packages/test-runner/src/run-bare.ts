/**
 * `npm run test:bare`: the tests that need a server or program, with all of those hidden. They may only be skipped:
 * their files are loaded, none may fail or run.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { allTools } from '@mtls-gateway/test-kit/needed-tools'
import { browserFolder } from './browser-tests.ts'
import { readResults } from './results.ts'
import { root } from './root.ts'

/** What test files, or the support that they import, say if they need one. */
const need = /\b(?:withTools|unlessMissing|describe(?:Redis|Vault|OwnVault))\b/

/** What starts one. */
const starts = /\bstart(?:RedisServer|VaultServer|VaultCluster|Pebble)\(/

const directory = mkdtempSync(join(tmpdir(), 'bare-machine-'))
const hidden = new Set(allTools().commands)
for (const folder of (process.env.PATH ?? '').split(delimiter).filter((each) => !each.includes('node_modules'))) {
  for (const name of programsIn(folder)) {
    if (!hidden.has(name)) symlinkSync(join(folder, name), join(directory, name))
    hidden.add(name)
  }
}
const { CI: _, ...others } = process.env
const env = {
  ...others,
  PATH: [join(root, 'node_modules/.bin'), dirname(process.execPath), directory].join(delimiter),
  // What has been fetched and built is there.
  XDG_CACHE_HOME: join(directory, 'cache'),
}

const files = globSync('{apps,packages}/*/test/**/*.test.ts', { cwd: root }).filter((file) =>
  need.test(readFileSync(join(root, file), 'utf8')),
)
const silent = globSync('{apps,packages}/*/test/**/*.test.ts', { cwd: root }).filter((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  return starts.test(text) && !need.test(text) && !/\/production-[^/]*$/.test(file)
})
if (silent.length > 0) fail(`${silent.join(', ')} start a server without saying that they need it`)

const missing = new Set<string>()
run('.', 'jest', '--selectProjects', 'production')
run('.', 'jest', '--testNamePattern', '\\[needs ', ...files)
run(browserFolder, 'node', join(browserFolder, 'run.ts'))
const unasked = allTools().names.filter((name) => !missing.has(name))
if (unasked.length > 0) fail(`no test was skipped for want of ${unasked.join(', ')}`)
rmSync(directory, { recursive: true })

function run(results: string, program: string, ...words: readonly string[]): void {
  const { status } = spawnSync(program, words, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) fail('what is above fails on a machine that has no optional server or program')
  const { passed, missing: counts } = readResults(root, [results])
  if (passed > 0) fail(`${passed} tests ran without what they need`)
  for (const name of Object.keys(counts)) missing.add(name)
}

function fail(sentence: string): void {
  console.error(`npm run test:bare: ${sentence}`)
  process.exitCode = 1
}

/** Nothing where there is no such folder. */
function programsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
