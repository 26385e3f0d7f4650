/**
 * Builds the Vault server of this folder once for each state of its sources, outside the tree, and prints where it is.
 * `--path` only prints it. Cold it takes some minutes (Go downloads and compiles Vault), afterwards a moment.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const directory = import.meta.dirname
const hash = createHash('sha256')
for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(directory, name)))
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mtls-gateway')
const binary = join(cache, `vault-dev-${hash.digest('hex').slice(0, 16)}`)

if (!process.argv.includes('--path') && !existsSync(binary)) build()
console.log(binary)

/** Under another name first: whoever finds the file finds it whole, also if two build at once. */
function build() {
  mkdirSync(cache, { recursive: true })
  const unfinished = `${binary}.${process.pid}`
  console.error('Building Vault from source: some minutes the first time.')
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w']
  execFileSync('go', ['build', ...flags, '-o', unfinished, '.'], {
    cwd: directory,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 2, 2],
  })
  renameSync(unfinished, binary)
}
