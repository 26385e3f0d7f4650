/**
 * Builds the Vault server of this folder once for each state of its sources, outside the tree, and prints where it is.
 * `--path` only prints it. Cold it takes some minutes (Go downloads and compiles Vault), afterwards a moment.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { printServer } from '../test-server-cache.mjs'

const sources = ['go.mod', 'go.sum', 'main.go'].map((name) => join(import.meta.dirname, name))

printServer('vault-dev', sources, (directory) => {
  console.error('Building Vault from source: some minutes the first time.')
  const binary = join(directory, 'vault-dev')
  execFileSync('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', binary, '.'], {
    cwd: import.meta.dirname,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 2, 2],
  })
  return binary
})
