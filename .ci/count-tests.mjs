// Sums what Jest says at the end of each workspace's tests, and fails if a workspace with tests ran none of them.
import { globSync, readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const lines = stripVTControlCharacters(readFileSync(process.argv[2], 'utf8')).split('\n')
const total = { passed: 0, failed: 0, skipped: 0 }
const ran = new Set()
for (const line of lines) {
  const [, workspace, counts] = /^(\S+):test: Tests: +(.*)$/.exec(line) ?? []
  if (!workspace) continue
  for (const [, count, kind] of counts.matchAll(/(\d+) (passed|failed|skipped|todo)/g)) {
    total[kind === 'todo' ? 'skipped' : kind] += Number(count)
    if (kind !== 'skipped') ran.add(workspace)
  }
}

const workspaces = globSync('{apps,packages}/*/package.json').map((file) => JSON.parse(readFileSync(file, 'utf8')))
const silent = workspaces.filter(({ name, scripts }) => scripts?.test && !ran.has(name)).map(({ name }) => name)
if (silent.length > 0) console.log(`no test ran in: ${silent.join(', ')}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = silent.length > 0 || total.failed > 0 || total.passed === 0 ? 1 : 0
